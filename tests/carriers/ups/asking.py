"""What UPS is asked with."""

from relay.model import Wanted

VALUES = {"CLIENT_ID": "our-client", "CLIENT_SECRET": "a client secret with an é"}
TOKEN = "an-access-token"
SECRETS = (VALUES["CLIENT_SECRET"],)
ASKED = {"": [Wanted("", "1Z0000000000000001")]}
