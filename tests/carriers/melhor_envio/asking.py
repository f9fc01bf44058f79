"""What Melhor Envio is asked with."""

from relay.model import Wanted

VALUES = {
    "API_KEY": "an-api-token",
    "CONTACT": "loja@example.com",
    "CLIENT_ID": "2100",
    "CLIENT_SECRET": "a-client-secret",
    "REFRESH_TOKEN": "the-first-refresh-token",
}
TOKEN = "an-access-token"
SECRETS = (VALUES["API_KEY"], VALUES["CLIENT_SECRET"], VALUES["REFRESH_TOKEN"])
ASKED = {
    "": [Wanted("", "QB000000016BR")],
    "no-number": [Wanted("", "QB000000016BR", "0a000000-0000-4000-8000-000000000001")],
    "own-number": [Wanted("", "QB000000016BR", "0a000000-0000-4000-8000-000000000001")],
}
