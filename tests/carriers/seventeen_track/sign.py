"""17TRACK's plain hash over body and API key."""

import hashlib
from datetime import datetime

SECRETS = ("0123456789ABCDEF", "FEDCBA9876543210")
COVERS_BODY = True


def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    return {"sign": hashlib.sha256(body + b"/" + secret.encode()).hexdigest()}
