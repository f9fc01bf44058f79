"""How senders prove themselves. All comparisons are of bytes and take constant time."""

import hmac
from datetime import UTC, datetime, timedelta

#: How far a signed timestamp may be from our clock.
TOLERANCE = timedelta(minutes=5)


def wire_bytes(text: str) -> bytes:
    """The bytes of a header: WSGI hands them over as Latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def secret_bytes(secret: str) -> bytes:
    return secret.encode("utf-8", "surrogateescape")  # what the environment could not decode comes back as it was


def same(expected: bytes, given: bytes) -> bool:
    return hmac.compare_digest(expected, given)


def hmac_sha256_hex(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, "sha256").hex().encode()


def is_fresh(sent_at: datetime, received_at: datetime) -> bool:
    aware = sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)
    return abs(received_at - aware) <= TOLERANCE
