"""A token is got once for all processes, renewed in time, and no key to anybody who has only the database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from urllib.parse import parse_qs

import pytest

from relay.carriers import carrier_named
from relay.database import Database
from relay.intake import Policy
from relay.poll.logins import LOGIN_LEASE
from relay.store import incidents, ledger
from tests.poll.conftest import World, acme, with_login
from tests.poll.sites import Reply, Seen, Wire, eventually, hold, site


@dataclass
class Office:
    """Gives out tokens at ACME, and refuses those that a test takes back."""

    world: World
    logins: list[float] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)  #: numbers, each once

    def __call__(self, numbers: list[str]) -> Reply:
        if not numbers:
            self.logins.append(self.world.hours)
            return 200, {}, json.dumps({"token": f"token-{len(self.logins)}"}).encode()
        refused = self.refuses & set(numbers)
        self.refuses -= refused
        return (401 if refused else 200), {}, b"{}"


@pytest.fixture
def office(world: World) -> Office:
    world.carrier = with_login(acme())
    office = Office(world)
    world.far.instead = office
    return office


def test_a_token_is_kept_renewed_in_time_and_once_when_it_is_refused(world: World, office: Office) -> None:
    world.add("A1")
    world.tick()
    world.hours = 0.5
    world.add("A2")
    assert (world.tick(), office.logins) == (["A2"], [0])
    world.hours = 0.95
    world.add("A3")
    assert (world.tick(), office.logins) == (["A3"], [0, 0.95])
    office.refuses = {"A4"}
    world.hours = 1
    world.add("A4")
    assert (world.tick(), office.logins) == (["A4", "A4"], [0, 0.95, 1])
    assert world.incidents() == []


def test_many_asks_that_are_refused_together_are_one_login(world: World, office: Office) -> None:
    world.add("A0")
    world.tick()
    world.hours = 0.1
    numbers = [f"A{n}" for n in range(1, 6)]
    office.refuses = set(numbers)
    world.add(*numbers)
    assert sorted(world.tick()) == sorted([*numbers, *numbers])
    assert office.logins == [0, 0.1]


def test_one_login_serves_every_process_and_outlives_a_restart(world: World, office: Office) -> None:
    for hours in (0, 0.1, 0.2):
        world.hours = hours
        world.another_process()
        world.add(f"A{hours}")
        assert len(world.tick()) == 1
    assert office.logins == [0]


def test_while_one_process_logs_in_no_other_does_and_its_parcels_wait(world: World, office: Office) -> None:
    world.add("A1")
    late, begun = Event(), list[float]()

    def slow(_numbers: list[str]) -> Wire:
        begun.append(world.hours)
        return hold(late)

    def is_at_it() -> bool:
        world.poll.ask_due(wait_s=0.05)
        return len(begun) == 1

    world.far.instead = slow
    eventually(is_at_it)
    world.another_process().ask_due(wait_s=0.2)
    assert (begun, world.track("A1")["lease_until"]) == ([0], None)
    world.far.instead = office
    assert world.tick(at=1.1 / 60) == ["A1"]  # whoever was at it may have died
    late.set()


def test_the_database_alone_is_no_key_and_other_credentials_log_in_anew(world: World, office: Office) -> None:
    world.add("A1")
    world.tick()
    (kept,) = world.rows("SELECT * FROM tokens")
    assert "token-1" not in f"{kept}"
    world.adapters["acme"] = {**world.adapters["acme"], "API_KEY": "another key"}
    world.hours = 0.1
    world.another_process()
    world.add("A2")
    assert (world.tick(), office.logins) == (["A2"], [0, 0.1])


def test_a_limit_that_changes_is_no_reason_to_log_in(world: World, office: Office) -> None:
    world.add("A1")
    world.tick()
    world.adapters["acme"] = {**world.adapters["acme"], "API_PER_SECOND": "7"}
    world.another_process()
    world.add("A2")
    assert (world.tick(), office.logins) == (["A2"], [0])


def test_a_parcel_whose_token_is_refused_while_another_process_logs_in_stays_due(world: World, office: Office) -> None:
    world.add("A1")
    world.tick()
    now, lasts = world.now(), LOGIN_LEASE
    world.database.write(lambda tx: tx.rows("DELETE FROM leases"))
    world.database.write(lambda tx: ledger.take_lease(tx, "login acme", "another process", now, lasts))
    office.refuses = {"A2"}
    world.add("A2")
    assert world.tick() == ["A2", "A2"]  # it is still due, and the token good again
    assert (office.logins, world.track("A2")["failures"], world.incidents()) == ([0], 0, [])


def test_a_token_that_is_refused_and_cannot_be_renewed_stops_the_account(world: World, office: Office) -> None:
    world.add("A1")
    world.tick()
    world.far.instead = lambda _numbers: (401, {}, b"")
    world.add("A2")
    assert world.tick() == ["A2"]
    assert (world.incidents(), world.track("A2")["failures"], world.track("A2")["lease_until"]) == (
        ["ask_refused"],
        0,
        None,
    )
    world.far.instead = office
    assert world.tick(at=1.1 / 60) == ["A2"]


@pytest.mark.parametrize("status", [401, 400])
def test_a_login_that_is_refused_stops_the_account(world: World, office: Office, status: int) -> None:
    world.far.instead = lambda _numbers: (status, {}, b"")
    world.add("A1")
    assert world.tick() == []
    assert (world.incidents(), world.track("A1")["failures"]) == (["ask_refused"], 0)
    world.far.instead = office
    assert world.tick(at=1.1 / 60) == ["A1"]
    assert world.incidents() == []


@pytest.mark.parametrize(
    ("reply", "name"), [((200, {}, b"<html>"), "unreadable"), ((302, {"Location": "/"}, b""), "redirect")]
)
def test_a_login_that_brings_no_token_is_a_failure_of_the_account(
    world: World, office: Office, reply: Reply, name: str
) -> None:
    world.far.instead = lambda _numbers: reply
    world.add("A1")
    for minute in (0, 0.5, 2, 4, 6):
        assert world.tick(at=minute / 60) == []
    assert (world.failures(), world.incidents()) == ({name: 4}, ["ask_failing"])
    assert world.track("A1")["failures"] == 0
    world.far.instead = office
    assert world.tick(at=0.2) == ["A1"]
    assert world.incidents() == []


# -- Melhor Envio: each login spends its refresh token -----------------------------------------------------------------


@dataclass
class Passport:
    """The token office of Melhor Envio: of its refresh tokens only the one given last is good, and only once."""

    good: str = "first"
    logins: int = 0
    bearers: list[str] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Reply | Wire:
        if seen.path != "/oauth/token":
            self.bearers.append(seen.headers["authorization"])
            return 200, {}, b"[]"
        form = {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}
        assert (form["client_id"], form["client_secret"]) == ("2100", "a secret")
        if form["refresh_token"] != self.good:
            return 401, {}, b'{"error": "invalid_request", "message": "The refresh token is invalid."}'
        self.logins += 1
        self.good = f"refresh-{self.logins}"
        body = {"access_token": f"access-{self.logins}", "refresh_token": self.good, "expires_in": 30 * 86400}
        return 200, {}, json.dumps(body).encode()


APPLICATION = {
    "CLIENT_ID": "2100",
    "CLIENT_SECRET": "a secret",
    "REFRESH_TOKEN": "first",
    "CONTACT": "loja@example.com",
}


@pytest.fixture
def passport() -> Passport:
    return Passport()


@pytest.fixture
def hub(database: Database, policy: Policy, passport: Passport) -> Iterator[World]:
    with site(passport) as url:
        adapters = {"melhor-envio": {**APPLICATION, "API_URL": url}}
        made = World(database, policy, dict(adapters), {"melhor-envio": carrier_named("melhor-envio")})
        yield made
        made.close()


def ask_on(hub: World, day: float) -> None:
    """A process that just started asks about a parcel that just became known."""
    hub.hours = day * 24
    hub.another_process()
    hub.add(f"ME{day}", carrier="melhor-envio")
    hub.tick()


def test_the_rotated_refresh_token_is_kept_and_the_next_login_made_with_it(hub: World, passport: Passport) -> None:
    for day in (0, 1, 26, 28, 60, 61):
        ask_on(hub, day)
    assert passport.logins == 3
    assert list(dict.fromkeys(passport.bearers)) == ["Bearer access-1", "Bearer access-2", "Bearer access-3"]
    (kept,) = hub.rows("SELECT * FROM tokens")
    assert not [word for word in ("refresh-3", "access-3") if word in f"{kept}"]


def test_a_refresh_token_that_is_spent_is_told_and_a_new_one_in_the_settings_goes_on(
    hub: World, passport: Passport
) -> None:
    ask_on(hub, 0)
    passport.good = "given by hand"
    ask_on(hub, 28)
    assert hub.incidents() == ["ask_refused"]
    with hub.database.read() as tx:
        (incident,) = incidents.incidents(tx, only_open=True)
    assert "WISMO_MELHOR_ENVIO_REFRESH_TOKEN" in incident["remedy"]
    hub.adapters["melhor-envio"] = {**hub.adapters["melhor-envio"], "REFRESH_TOKEN": "given by hand"}
    ask_on(hub, 28.1)
    assert hub.incidents() == []
    assert passport.logins == 2


def test_two_processes_spend_one_refresh_token(hub: World, passport: Passport) -> None:
    hub.add("ME1", carrier="melhor-envio")
    first, second = hub.another_process(), hub.another_process()
    first.ask_due(wait_s=20)
    hub.hours = timedelta(seconds=2) / timedelta(hours=1)
    hub.add("ME2", carrier="melhor-envio")
    second.ask_due(wait_s=20)
    eventually(lambda: len(passport.bearers) == 2)
    assert passport.logins == 1
