"""What DHL is asked with."""

from relay.model import Wanted

VALUES = {"API_KEY": "an-api-key"}
TOKEN = "no token is needed"
SECRETS = (VALUES["API_KEY"],)
ASKED = {"": [Wanted("", "0000000018")], "delivered": [Wanted("", "18000000018")]}
