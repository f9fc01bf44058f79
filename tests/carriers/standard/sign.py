"""Standard Webhooks, by the specification's own library."""

from base64 import b64encode
from datetime import datetime

from standardwebhooks import Webhook

SECRETS = tuple(f"whsec_{b64encode(key * 32).decode()}" for key in (b"a", b"b"))
COVERS_BODY = True


def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, body.decode()),
    }
