"""A push of our own goes the whole way each hour, and says which step failed."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import orjson
import pytest
from flask import Flask, Response
from structlog.testing import capture_logs

from relay.database import Database, open_database
from relay.desk import health as desk_health
from relay.errors import SendFailed
from relay.intake import Policy, canary
from relay.model import CANARY, MailView
from relay.sandbox.serving import served
from relay.store import ledger, outbox
from tests.conftest import settle
from tests.watch.nest import Nest, arrive


@contextmanager
def answering(status: int, body: bytes = b"{}", **headers: str) -> Iterator[str]:
    """Somebody else's server at our address."""
    app = Flask("elsewhere")

    @app.route("/<path:_path>", methods=["POST"])
    def answer(_path: str) -> Response:
        return Response(body, status, headers)

    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


def until_told(nest: Nest) -> None:
    for minutes in (61, 62.1, 67.2):
        nest.turn(minutes)


# -- it flies ----------------------------------------------------------------------------------------------------------


def test_it_goes_through_the_address_into_the_store_and_to_the_mail_and_leaves_nothing(nest: Nest) -> None:
    nest.turn(0)
    assert nest.seen == []  # a process that begins may not listen yet
    nest.turn(2)
    (view,) = nest.seen
    assert (view.to, view.parcels[0].status, view.parcels[0].carrier) == (
        "canary@wismo.invalid",
        "in_transit",
        CANARY,
    )
    assert nest.open() == []
    assert nest.left() == 0
    with nest.database.read() as tx:
        assert not tx.rows("SELECT order_id FROM orders")
        assert not outbox.listed(tx, None, 9)


def test_it_flies_each_hour_whoever_sends_it(nest: Nest) -> None:
    for minutes in (0, 2, 3, 30, 61):
        nest.turn(minutes)
    assert len(nest.seen) == 1
    nest.turn(62.5)
    assert len(nest.seen) == 2
    nest.restart()
    for minutes in (63, 65, 120):
        nest.turn(minutes)
    assert len(nest.seen) == 2
    nest.turn(123)
    assert len(nest.seen) == 3


def test_two_processes_send_one(one: Nest) -> None:
    other = Nest(one.database, one.policy, one.clock, one.url)
    for each in (one, other):
        each.turn(0)
    one.turn(2)
    other.turn(2)
    assert len(one.seen) + len(other.seen) == 1


def test_a_clock_that_was_set_back_postpones_nothing(one: Nest) -> None:
    for minutes in (0, 2, -300):
        one.turn(minutes)
    assert len(one.seen) == 2


def test_it_flies_where_nobody_mails_customers(one: Nest) -> None:
    one.policy = Policy(mails_customers=False, mail_statuses=frozenset(), mail_gap=timedelta(0), zone=one.policy.zone)
    one.turn(0)
    one.turn(2)
    assert len(one.seen) == 1
    assert one.open() == []


def test_what_a_process_left_that_died_is_taken_away_by_the_next(one: Nest) -> None:
    arrive(one)
    assert one.left() == 3
    one.turn(0)
    one.turn(2)
    assert one.left() == 0


# -- it falls ----------------------------------------------------------------------------------------------------------


def test_a_restart_is_no_alarm_and_what_lasts_is_told_within_fifteen_minutes(nest: Nest) -> None:
    nest.turn(0)
    nest.turn(2)
    good, nest.url = nest.url, "http://127.0.0.1:9"
    nest.turn(62.5)
    assert nest.open() == []
    nest.turn(63)
    nest.turn(63.6)
    assert nest.open() == []
    nest.turn(68.7)
    address = "127.0.0.1:9"
    assert nest.open() == [("door", f"A push of our own does not get in at {address}: nobody listens there")]
    assert not desk_health.health(nest.desk, nest.clock.now()).is_well
    (before,) = nest.rows()
    nest.turn(74)
    assert nest.rows() == [before]
    nest.url = good
    nest.turn(80)
    assert nest.open() == []
    assert nest.left() == 0


@pytest.mark.parametrize(
    ("status", "body", "step", "why"),
    [
        (404, b"no such page", "door", "it answers HTTP 404"),
        (404, orjson.dumps({"what": "Not Found", "why": "-", "remedy": "-"}), "door", "HTTP 404: Not Found"),
        (302, b"", "door", "it sends us to another address (HTTP 302)"),
        (502, b"<html>bad gateway</html>", "door", "it answers HTTP 502"),
        (200, b"{}", "store", "it was answered as taken, but is not in our database: another installation"),
        (204, b"", "store", "is not in our database"),
        (
            503,
            orjson.dumps({"what": "this cannot be kept now", "why": "disk full", "remedy": "-"}),
            "store",
            "the database takes nothing: disk full",
        ),
    ],
)
def test_who_answers_instead_is_told_apart(one: Nest, status: int, body: bytes, step: str, why: str) -> None:
    one.turn(0)
    with answering(status, body, Location="https://elsewhere.example/") as url:
        one.url = url
        until_told(one)
    ((subject, title),) = one.open()
    assert subject == step
    assert why in title


def test_another_installation_at_our_address_is_told_as_such(
    nest: Nest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Nest(another(tmp_path_factory), nest.policy, nest.clock)
    canary.secret_of(other.database)
    nest.turn(0)
    with served(other.app) as port:
        nest.url = f"http://127.0.0.1:{port}"
        until_told(nest)
        assert nest.open() == [
            (
                "door",
                f"A push of our own does not get in at 127.0.0.1:{port}: another installation answers at this address",
            )
        ]
    assert other.left() == 0
    other.database.close()


def test_a_copy_of_ours_at_our_address_takes_it_and_is_told_as_such(
    one: Nest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Nest(another(tmp_path_factory), one.policy, one.clock)
    secret = canary.secret_of(one.database)
    other.database.write(lambda tx: ledger.set_install(tx, canary.SECRET, secret))
    one.turn(0)
    with served(other.app) as port:
        one.url = f"http://127.0.0.1:{port}"
        until_told(one)
    assert [subject for subject, _ in one.open()] == ["store"]
    other.database.close()


def another(folders: pytest.TempPathFactory) -> Database:
    opened = open_database(f"sqlite:{folders.mktemp('other') / 'wismo.db'}", create=True)
    opened.migrate()
    opened.write(settle)
    return opened


def test_a_mail_that_cannot_be_made_is_its_own_step(nest: Nest) -> None:
    def broken(_view: MailView) -> str:
        raise SendFailed("the order's e-mail address is not valid", permanent=True)

    nest.preview = broken
    nest.turn(0)
    until_told(nest)
    assert nest.open() == [("mail", "A push of our own leads to no mail: the order's e-mail address is not valid")]
    nest.preview = None
    nest.turn(75)
    assert nest.open() == []


def test_a_fault_of_ours_in_making_the_mail_is_told_and_stops_no_loop(one: Nest) -> None:
    def broken(_view: MailView) -> str:
        raise ZeroDivisionError

    one.preview = broken
    one.turn(0)
    with capture_logs() as logged:
        until_told(one)
    assert [entry["log_level"] for entry in logged if entry["event"] == "canary"] == ["error"] * 3
    assert one.open() == [("mail", "A push of our own leads to no mail: it fails with ZeroDivisionError")]


def test_an_earlier_step_that_works_again_is_over_and_of_a_later_one_nothing_is_known(one: Nest) -> None:
    good = one.url
    one.turn(0)
    with answering(200) as url:
        one.url = url
        until_told(one)
        assert [subject for subject, _ in one.open()] == ["store"]
    one.url = "http://127.0.0.1:9"
    one.turn(80)
    assert sorted(subject for subject, _ in one.open()) == ["door", "store"]
    one.url = good
    one.turn(90)
    assert one.open() == []


def test_who_never_answers_costs_no_more_than_the_time_out(one: Nest) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        one.url, one.timeout_s = f"http://127.0.0.1:{silent.getsockname()[1]}", 0.2
        one.turn(0)
        until_told(one)
    assert one.open()[0][1].endswith("no answer within 0.2 seconds")
