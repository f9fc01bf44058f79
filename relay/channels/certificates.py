"""What a TLS server shows, whether or not one would trust it."""

import socket
import ssl
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

#: For the connection and for the handshake, in seconds. The name is looked up by the system, in its own time.
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Certificate:
    until: datetime
    fault: str = ""  #: why a client would not trust it


def certificate_of(host: str, port: int, timeout_s: float = TIMEOUT_S) -> Certificate:
    """Raises OSError where nobody answers, or not by TLS."""
    try:
        return Certificate(_until(_shown(host, port, ssl.create_default_context(), timeout_s)))
    except ssl.SSLCertVerificationError as error:
        fault = error.verify_message or "it cannot be verified"
    unjudged = ssl.create_default_context()
    unjudged.check_hostname = False
    unjudged.verify_mode = ssl.CERT_NONE
    return Certificate(_until(_shown(host, port, unjudged, timeout_s)), fault)


def _shown(host: str, port: int, context: ssl.SSLContext, timeout_s: float) -> bytes:
    with (
        socket.create_connection((host, port), timeout=timeout_s) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""


def _until(shown: bytes) -> datetime:
    try:
        return x509.load_der_x509_certificate(shown).not_valid_after_utc
    except ValueError as error:
        raise OSError(f"the certificate cannot be read: {error}") from None
