"""What a carrier that answers in this format is asked with."""

from relay.model import Wanted

VALUES = {"API_URL": "https://carrier.example.com/tracking", "API_KEY": "an-api-key"}
TOKEN = "no token is needed"
SECRETS = (VALUES["API_KEY"],)
NUMBERS = ("QV000000026BR", "QV000000030BR", "QV000000043BR", "QV000000057BR", "QV000000065BR")
ASKED = {"": [Wanted("", "QV000000012BR")], "batch": [Wanted("", number) for number in NUMBERS]}
