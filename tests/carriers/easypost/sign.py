"""EasyPost's V1 signature."""

import hmac
import unicodedata
from datetime import datetime

SECRETS = ("a secret with an é", "the next one")
COVERS_BODY = True


def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    key = unicodedata.normalize("NFKD", secret).encode()
    return {"x-hmac-signature": f"hmac-sha256-hex={hmac.new(key, body, 'sha256').hexdigest()}"}
