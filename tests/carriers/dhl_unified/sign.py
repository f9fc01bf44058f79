"""DHL repeats the secret it was given, in a header that we name."""

from datetime import datetime

SECRETS = ("a secret with an é", "the next one")
COVERS_BODY = False


def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    return {"x-api-key": secret.encode().decode("latin-1")}  # as WSGI hands the bytes of a header over
