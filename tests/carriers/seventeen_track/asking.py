"""What 17TRACK is asked with."""

from relay.model import Wanted

VALUES = {"API_KEY": "an-api-key"}
TOKEN = "no token is needed"
SECRETS = (VALUES["API_KEY"],)
NUMBERS = ("QB000000020BR", "QB000000033BR", "QB000000047BR", "QB000000055BR", "QB1", "QB000000064BR")
ASKED = {"": [Wanted("", "QB000000016BR")], "batch": [Wanted("", number) for number in NUMBERS]}
