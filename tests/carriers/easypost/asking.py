"""What EasyPost is asked with."""

from relay.model import Wanted

VALUES = {"API_KEY": "an-api-key"}
TOKEN = "no token is needed"
SECRETS = (VALUES["API_KEY"],)
ASKED = {"": [Wanted("", "9400100000000000000011")]}
