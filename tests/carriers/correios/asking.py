"""What Correios are asked with."""

from relay.model import Wanted

VALUES = {"USER": "loja", "ACCESS_CODE": "an access code", "POSTAGE_CARD": "0070000001"}
TOKEN = "an-access-token"
SECRETS = (VALUES["ACCESS_CODE"],)
ASKED = {
    "": [Wanted("", "QX000000018BR")],
    "batch": [Wanted("", number) for number in ("QX000000021BR", "QX000000035BR", "QX1", "QX000000066BR")],
    "one-bad-object": [Wanted("", number) for number in ("QX000000021BR", "QX000000035BR", "QX000000049BR")],
}
