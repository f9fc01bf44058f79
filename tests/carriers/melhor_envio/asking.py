"""What Melhor Envio is asked with."""

from relay.model import Wanted

VALUES = {"API_KEY": "an-api-token", "CONTACT": "loja@example.com"}
TOKEN = "no token is needed"
SECRETS = (VALUES["API_KEY"],)
ASKED = {
    "": [Wanted("", "QB000000016BR")],
    "no-number": [Wanted("", "QB000000016BR", "0a000000-0000-4000-8000-000000000001")],
    "own-number": [Wanted("", "QB000000016BR", "0a000000-0000-4000-8000-000000000001")],
}
