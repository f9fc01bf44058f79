"""UPS repeats the secret it was given."""

from datetime import datetime

SECRETS = ("a secret with an é", "the next one")
COVERS_BODY = False


def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    return {"credential": secret.encode().decode("latin-1")}  # as WSGI hands the bytes of a header over
