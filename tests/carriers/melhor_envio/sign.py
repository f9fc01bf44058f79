"""Melhor Envio signs the body with the secret of the application."""

from base64 import b64encode
from datetime import datetime
from hmac import digest

SECRETS = ("a secret with an é", "the next one")
COVERS_BODY = True


def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    return {"x-me-signature": b64encode(digest(secret.encode(), body, "sha256")).decode()}
