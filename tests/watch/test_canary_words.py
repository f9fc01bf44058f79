"""Why an address did not answer, as people say it; by real servers."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from relay.watch.canary_steps import in_words
from tests.watch.nest import Nest


def expired_certificate() -> tuple[bytes, bytes]:
    """A key with a certificate of its own for this host that ended a year ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2021, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain), made.public_bytes(pem)


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """Shakes hands, once, and that is all."""

    def shake() -> None:
        peer, _ = listening.accept()
        try:
            context.wrap_socket(peer, server_side=True).close()
        except OSError:
            peer.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=shake, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def fault_of(url: str, trusted: ssl.SSLContext | bool = True) -> str:
    with pytest.raises(httpx.HTTPError) as fault, httpx.Client(verify=trusted, trust_env=False, timeout=5) as client:
        client.post(url)
    return in_words(fault.value, 10)


def test_a_certificate_that_ended_is_told_as_such(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = expired_certificate()
    (folder / "key.pem").write_bytes(key)
    (folder / "cert.pem").write_bytes(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    trusted = ssl.create_default_context(cadata=certificate.decode())
    with tls_server(context) as port:
        assert fault_of(f"https://localhost:{port}/", trusted) == "its TLS certificate has expired"


def test_a_certificate_of_somebody_unknown_is_told_as_such() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with tls_server(context) as port:
        assert fault_of(f"https://localhost:{port}/").startswith("its TLS certificate is not trusted: ")


def test_a_server_without_tls_and_a_name_that_nobody_knows_are_told_apart(one: Nest) -> None:
    assert fault_of(one.url.replace("http", "https")).startswith("no TLS connection comes about")
    assert fault_of("http://nobody.invalid/") == "its name is not known (DNS)"
