"""How senders prove themselves. All comparisons are of bytes and take constant time."""

import hmac
from datetime import UTC, datetime, timedelta

from relay.errors import BadSignature
from relay.model import Push

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


def check_repeated_secret(push: Push, secret: str) -> None:
    """For senders that sign nothing and repeat a secret that we gave them, in a header or in the URL."""
    expected = secret_bytes(secret)
    kind, _, token = push.headers.get("authorization", "").partition(" ")
    bearer = token if kind.lower() == "bearer" else ""
    given = [push.headers.get("credential", ""), push.headers.get("x-api-key", ""), bearer, push.token]
    if not any(given):
        raise BadSignature("no credential, x-api-key or bearer token, and no token in the URL")
    if not any([same(expected, wire_bytes(text)) for text in given]):  # noqa: C419 - compare all, whichever fits
        raise BadSignature("the credential is not the secret")
