"""What ends on a day that is known: a certificate, seen by real handshakes, and pushes that come only so long."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import trustme

from relay.channels.certificates import Certificate, certificate_of
from relay.cli.doctor_far import judged
from relay.database import Database, Row
from relay.desk import Desk
from relay.intake import Policy
from relay.settings import load_settings
from relay.store import incidents
from relay.watch.alarms import Check, Rounds
from relay.watch.expiry import Expiry, expiring
from tests.conftest import NOON, fact
from tests.intake import steps

CA = trustme.CA()


@contextmanager
def tls(until: datetime, name: str = "localhost") -> Iterator[int]:
    """A server that shows a certificate; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    begins = min(until, datetime.now(UTC)) - timedelta(days=1)
    CA.issue_cert(name, not_before=begins, not_after=until).configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                context.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

    Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whose certificates the system trusts."""
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    CA.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


class Door:
    """An installation that is reached by https, on a clock of the test's."""

    def __init__(self, database: Database, policy: Policy, **given: str) -> None:
        named = {f"WISMO_{name.upper()}": text for name, text in given.items()}
        self.desk = Desk(database, load_settings(named, env_file=None, slugs={"ups": lambda _secret: ""}), policy)
        self.now = NOON

    def look(self) -> list[Row]:
        Expiry(self.desk, lambda: self.now).round()
        Rounds((Check("expiring", timedelta(0), expiring),)).look(self.desk, self.now)
        with self.desk.database.read() as tx:
            return incidents.open_of(tx, "expiring")

    def titles_in(self, **later: float) -> list[str]:
        self.now += timedelta(**later)
        return [row["title"] for row in self.look()]


def test_a_certificate_is_spoken_of_three_weeks_before_its_end_one_week_before_and_after(
    trusted: None, database: Database, policy: Policy
) -> None:
    with tls(NOON + timedelta(days=30)) as port:
        door = Door(database, policy, public_url=f"https://localhost:{port}")
        assert door.titles_in() == []
        assert door.titles_in(days=8) == []
        assert door.titles_in(days=1, seconds=1) == ["The certificate of localhost ends on 2026-04-01"]
        assert door.titles_in(days=13) == ["The certificate of localhost ends on 2026-04-01"]
        assert door.titles_in(days=1) == ["The certificate of localhost ends within a week, on 2026-04-01"]
        (over,) = door.titles_in(days=7)
        assert "ended on 2026-04-01" in over
        (row,) = door.look()
        assert row["times"] == 3, "told anew when it becomes urgent, and not each day"


def test_a_new_certificate_ends_it_within_an_hour(trusted: None, database: Database, policy: Policy) -> None:
    with tls(NOON + timedelta(days=5)) as port:
        door = Door(database, policy, public_url=f"https://localhost:{port}")
        assert len(door.look()) == 1
    with tls(NOON + timedelta(days=90)) as port:
        renewed = Door(database, policy, public_url=f"https://localhost:{port}")
        assert len(renewed.titles_in(minutes=59)) == 1
        assert renewed.titles_in(minutes=2) == []


def test_a_door_that_is_not_reached_from_here_or_has_no_certificate_is_no_alarm(
    database: Database, policy: Policy
) -> None:
    assert Door(database, policy, public_url="https://localhost:1").look() == []
    assert Door(database, policy, public_url="http://localhost:1").look() == []
    with tls(NOON + timedelta(days=5)) as port:
        assert len(Door(database, policy, public_url=f"https://localhost:{port}").titles_in(days=2)) == 1
    assert Door(database, policy, public_url="https://other.example").look() == [], "another address is another matter"


def test_a_certificate_that_nobody_trusts_is_read_all_the_same(trusted: None) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    with tls(until) as port:
        assert certificate_of("localhost", port) == Certificate(until)
        assert (
            "Hostname mismatch" in certificate_of("127.0.0.1", port).fault
            or "IP" in certificate_of("127.0.0.1", port).fault
        )
    with tls(datetime.now(UTC) - timedelta(hours=1)) as port:
        shown = certificate_of("localhost", port)
        assert "expired" in shown.fault
        assert not judged("localhost", shown, datetime.now(UTC)).is_well


def test_who_does_not_speak_tls_shows_none() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, pytest.raises(OSError, match="timed out"):
        certificate_of("127.0.0.1", listener.getsockname()[1], timeout_s=0.2)


# -- pushes ------------------------------------------------------------------------------------------------------------

SECRET = {"ups_push_secrets": "a-secret-of-the-tests"}
KEYS = {"ups_client_id": "id", "ups_client_secret": "secret"}


def pushed(database: Database, policy: Policy, *days: float, number: str = steps.NUMBER, name: str = "1001") -> None:
    """A parcel of UPS's of which it pushed a scan on each of these days."""
    steps.add_order(database, policy, name, number=number)
    for day in days:
        scan = fact("in_transit", day * 24)
        steps.hear(database, policy, steps.about(scan, number=number), at=day * 24)


def test_parcels_that_a_carrier_pushes_no_more_are_counted_where_nobody_asks_about_them(
    database: Database, policy: Policy
) -> None:
    pushed(database, policy, 0, 3)
    pushed(database, policy, 0, number="1Z204W4R0308071866", name="1002")
    pushed(database, policy, 5, number="1Z204W4R0308071867", name="1003")
    door = Door(database, policy, **SECRET)
    assert door.titles_in(days=12) == []
    assert door.titles_in(days=1, hours=1) == ["UPS pushes a parcel for 14 days, and 2 that are open come to that"]
    assert Door(database, policy, **SECRET, **KEYS).titles_in(days=14) == [], "who is asked about misses nothing"


def test_a_parcel_that_is_still_pushed_or_has_arrived_is_not_counted(database: Database, policy: Policy) -> None:
    pushed(database, policy, 0, 15)
    pushed(database, policy, 0, number="1Z204W4R0308071866", name="1002")
    arrived = fact("delivered", 48)
    steps.hear(database, policy, steps.about(arrived, number="1Z204W4R0308071866"), at=48)
    assert Door(database, policy, **SECRET).titles_in(days=16) == []
