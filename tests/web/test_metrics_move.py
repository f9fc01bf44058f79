"""After events the right numbers move, on either engine."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from relay.database import Database
from relay.desk import care, correct
from relay.desk.health import health
from relay.desk.wanted import WantedOverride
from relay.intake.record import replay_push
from relay.model import CANARY, Action, Outcome, to_text
from relay.store import asks, drifts, facts, incidents, ledger, orders, outbox, reads
from relay.store.facts import KeptPush
from tests.web.scraping import Monitored, answered, labelled, value

NUMBER = "1Z204W4R0308071865"
MOVED = {"occurred_at": "2026-03-02T08:00:00-03:00", "status": "in_transit", "code": "10", "place": "Recife, PE"}
DHL = "JD014600006281230704"


@pytest.fixture
def one(api_database: Database, tmp_path: Path) -> Monitored:
    return Monitored(api_database, tmp_path)


def test_a_push_moves_what_it_is_about(one: Monitored) -> None:
    one.know("ups", NUMBER)
    before = one.scrape()
    assert value(before, "parcels", status="pending") == 1
    assert value(before, "heard_age_seconds", carrier="api", via="api") is None
    assert one.tell("ups", NUMBER, MOVED, MOVED | {"code": "??", "status": "unknown"}).status_code == 200
    heard = one.scrape(later_s=10)
    assert value(heard, "heard_age_seconds", carrier="api", via="api") == 10
    assert value(heard, "pushes_total", carrier="api", action="apply") is None  # counted for good a minute later
    after = one.scrape(later_s=60)
    assert value(after, "pushes_total", carrier="api", action="apply") == 1
    assert value(after, "new_scans_total", carrier="api", via="api") == 2
    assert value(after, "unknown_codes_total", carrier="api", via="api") == 1
    assert (value(after, "parcels", status="pending"), value(after, "parcels", status="in_transit")) == (0, 1)
    assert value(after, "messages", channel="email", state="due") == 1
    assert value(after, "parcels_open", carrier="ups") == 1
    assert value(after, "parcels_without_asker") == 1


def test_answers_are_counted_by_what_they_amount_to(one: Monitored) -> None:
    told = [
        answered("1", Outcome.OK, news=5, missed=2, unknown=1),
        answered("2", Outcome.OK),
        answered("3", Outcome.THROTTLED),
    ]
    for answer in told:
        one.write(partial(asks.keep_answer, answer=answer))
    found = one.scrape(later_s=90)
    assert labelled(found, "answers_total") == {"dhl-unified/ok": 2, "dhl-unified/throttled": 1}
    assert labelled(found, "missed_pushes_total") == {"dhl-unified": 2}
    assert labelled(found, "new_scans_total") == {"dhl-unified/poll": 5}
    assert labelled(found, "heard_age_seconds") == {"dhl-unified/poll": 90}


def test_counters_never_fall_whatever_becomes_of_what_was_counted(one: Monitored) -> None:
    one.know("ups", NUMBER)
    one.tell("ups", NUMBER, MOVED)
    before = one.scrape(later_s=120)
    with one.database.read() as tx:
        push_id = tx.rows("SELECT push_id FROM pushes")[0]["push_id"]
    replay_push(one.database, one.desk.policy, push_id, one.now, announce=False)
    one.write(lambda tx: tx.rows("UPDATE pushes SET body = NULL, action = 'ignore'"))
    one.restart()
    after = one.scrape()
    assert value(before, "pushes_total", carrier="api", action="apply") == 1
    assert labelled(after, "pushes_total") == labelled(before, "pushes_total")
    assert labelled(after, "new_scans_total") == labelled(before, "new_scans_total")


def test_a_push_is_counted_once_by_however_many_processes(one: Monitored) -> None:
    one.know("ups", NUMBER)
    clients = [one.client]
    for _ in range(2):
        one.restart()
        clients.append(one.client)
    for hour in range(3):
        one.tell("ups", NUMBER, MOVED | {"occurred_at": f"2026-03-02T0{hour}:00:00-03:00"})
        one.now += timedelta(minutes=5)
        for client in clients:
            client.get("/metrics").close()
    told = []
    for one.client in clients:
        one.now += timedelta(seconds=1)
        told.append(labelled(one.scrape(later_s=0), "pushes_total"))
    assert told == [{"apply/api": 3}] * 3


def test_a_clock_that_is_put_back_counts_on(one: Monitored) -> None:
    one.know("ups", NUMBER)
    one.tell("ups", NUMBER, MOVED)
    one.scrape(later_s=3600)
    one.now -= timedelta(days=1)
    before = one.scrape()
    one.tell("ups", NUMBER, MOVED | {"code": "another"})
    after = one.scrape(later_s=120)
    assert value(before, "pushes_total", carrier="api", action="apply") == 1
    assert value(after, "pushes_total", carrier="api", action="apply") == 2
    assert all(age >= 0 for age in labelled(after, "heard_age_seconds").values())


def test_what_cannot_be_read_is_told_and_a_canary_is_nobody(one: Monitored) -> None:
    def push(name: str, slug: str, action: Action) -> KeptPush:
        return KeptPush(name, slug, one.now, "{}", b"x", action.value, "")

    kept = [push("1", "ups", Action.UNREADABLE), push("2", CANARY, Action.APPLY), push("3", "shop", Action.APPLY)]
    one.write(lambda tx: facts.keep_pushes(tx, kept))
    found = one.scrape(later_s=120)
    assert labelled(found, "pushes_unread") == {"ups": 1}
    assert labelled(found, "pushes_total") == {"apply/shop": 1, "unreadable/ups": 1}
    assert labelled(found, "heard_age_seconds") == {"shop/shop": 120}


def test_what_is_turned_away_is_counted_by_why(one: Monitored) -> None:
    one.client.post("/push/ups", data=b"{}")
    one.client.post("/push/nobody-knows", data=b"{}")
    one.refused.write_down(one.database, one.now)
    counts = {("ask_timeout", "dhl-unified"): 3, ("dropped_unread", "ups"): 2}
    one.write(lambda tx: ledger.add_tallies(tx, counts, one.now))
    found = one.scrape()
    assert labelled(found, "refused_total") == {"no_secret/ups": 1, "unknown_slug/other": 1}
    assert labelled(found, "asks_failed_total") == {"dhl-unified/timeout": 3}
    assert labelled(found, "pushes_dropped_unread_total") == {"ups": 2}


def test_asking_is_late_only_where_somebody_asks(one: Monitored) -> None:
    one.know("dhl-unified", DHL)
    one.know("ups", NUMBER)
    due = to_text(one.now - timedelta(hours=2))
    one.write(lambda tx: tx.rows("UPDATE tracks SET ask_at = :due", due=due))
    found = one.scrape()
    assert labelled(found, "ask_late_seconds") == {"dhl-unified": 7260}
    assert labelled(found, "asks_due") == {"dhl-unified": 1}
    one.write(lambda tx: tx.rows("UPDATE tracks SET ask_at = :later", later=to_text(one.now + timedelta(hours=2))))
    assert labelled(one.scrape(), "ask_late_seconds") == {"dhl-unified": 0}


def test_messages_and_channels_are_told(one: Monitored) -> None:
    one.know("ups", NUMBER)
    one.tell("ups", NUMBER, MOVED)
    first = one.scrape(later_s=0)
    assert labelled(first, "channel_up") == {"email": 1, "shop": 1}
    assert value(first, "mail_mode", mode="send") == 1
    one.write(lambda tx: outbox.mark_down(tx, "email", "refused", one.now, one.now))
    found = one.scrape(later_s=600)
    assert (value(found, "channel_up", channel="email"), value(found, "channel_paused", channel="email")) == (0, 0)
    assert value(found, "messages_due_age_seconds", channel="email") == 600
    assert value(found, "messages", channel="email", state="due") == 1
    assert (
        value(found, "messages", channel="email", state="dead"),
        value(found, "messages_held", channel="email"),
    ) == (0, 0)
    care.pause(one.desk, "mail", "a person", one.now)
    found = one.scrape()
    assert value(found, "channel_paused", channel="email") == 1
    assert (value(found, "mail_mode", mode="send"), value(found, "mail_mode", mode="paused")) == (0, 1)


def test_what_the_brake_holds_is_due_and_not_late(one: Monitored) -> None:
    one.know("ups", NUMBER)
    one.tell("ups", NUMBER, MOVED)
    one.write(lambda tx: tx.rows("UPDATE outbox SET held_at = :now", now=to_text(one.now)))
    found = one.scrape(later_s=600)
    assert (value(found, "messages", channel="email", state="due"), value(found, "messages_held", channel="email")) == (
        1,
        1,
    )
    assert value(found, "messages_due_age_seconds", channel="email") == 0


@pytest.mark.parametrize("state", ["sent", "shadow", "superseded", "paused", "drift", "dead"])
def test_a_message_that_is_over_is_counted_after_the_answer_and_any_other_at_once(one: Monitored, state: str) -> None:
    one.know("ups", NUMBER)
    one.tell("ups", NUMBER, MOVED)
    one.write(lambda tx: tx.rows("UPDATE outbox SET state = :state", state=state))
    first, second = one.scrape(), one.scrape()
    is_over = state in {"sent", "shadow", "superseded"}
    assert value(first, "messages", channel="email", state=state) == (None if is_over else 1)
    assert value(second, "messages", channel="email", state=state) == 1
    assert value(second, "messages", channel="email", state="due") == 0


def test_a_parcel_with_its_last_word_is_counted_after_the_answer(one: Monitored) -> None:
    shipment = one.know("ups", NUMBER)
    one.write(lambda tx: tx.rows("UPDATE shipments SET status = 'delivered', shown_status = 'delivered'"))
    first, second = one.scrape(), one.scrape()
    assert value(first, "parcels", status="delivered") is None
    assert value(second, "parcels", status="delivered") == 1
    one.write(
        lambda tx: tx.rows(
            "UPDATE shipments SET status = 'expired', shown_status = 'expired' WHERE shipment_id = :id", id=shipment
        )
    )
    assert value(one.scrape(), "parcels_given_up") == 0  # as counted before
    one.scrape(later_s=300)
    assert (value(found := one.scrape(), "parcels_given_up"), value(found, "parcels", status="expired")) == (1, 1)
    with one.database.read() as tx:
        assert len(asks.given_up(tx, one.now, 10)) == 1


def test_incidents_are_told_by_kind_and_by_whether_somebody_has_them(one: Monitored) -> None:
    def open_one(subject: str) -> str:
        ids: list[str] = []
        one.write(
            lambda tx: ids.append(
                incidents.open_incident(tx, kind="ask_failing", subject=subject, title="t", remedy="r", now=one.now)
            )
        )
        return ids[-1]

    first, _ = open_one("ups"), open_one("dhl-unified")
    found = one.scrape(later_s=100)
    assert labelled(found, "incidents_open") == {"ask_failing": 2}
    assert labelled(found, "incidents_unowned") == {"ask_failing": 2}
    assert labelled(found, "incidents_unowned_age_seconds") == {"ask_failing": 100}
    assert value(found, "well") == 0 == int(health(one.desk, one.now).is_well)
    one.write(lambda tx: incidents.take(tx, first, "a person"))
    one.write(lambda tx: incidents.close_incident(tx, "ask_failing", "dhl-unified", one.now))
    found = one.scrape()
    assert labelled(found, "incidents_open") == {"ask_failing": 1}
    assert labelled(found, "incidents_unowned") == {"ask_failing": 0}
    assert labelled(found, "incidents_unowned_age_seconds") == {"ask_failing": 0}
    assert labelled(found, "incidents_opened_total") == {"ask_failing": 2}


def test_loops_are_told_with_the_rule_of_health(one: Monitored) -> None:
    found = one.scrape(later_s=30)
    assert value(found, "loop_beat_age_seconds", loop="outbox") == 30
    assert set(labelled(found, "loop_stopped").values()) == {0}
    assert (value(found, "well"), health(one.desk, one.now).is_well) == (1, True)
    one.beat("outbox")
    later = one.scrape(later_s=80)
    assert value(later, "loop_stopped", loop="outbox") == 0
    assert value(later, "loop_stopped", loop="poll") == 1
    assert (value(later, "well"), health(one.desk, one.now).is_well) == (0, False)


def test_the_shop_is_told(one: Monitored) -> None:
    shipment_id = one.know("ups", NUMBER)
    one.write(lambda tx: reads.want(tx, "default", "1", one.now, told_by="hook"))
    one.write(lambda tx: ledger.set_install(tx, "vtex_hook_url", "https://track.example.com/shop/vtex/hook"))
    one.write(
        lambda tx: ledger.set_install(tx, "vtex_hook_found", '{"state": "foreign", "checked_at": "", "detail": ""}')
    )
    with one.database.read() as tx:
        shipment = orders.shipment(tx, shipment_id)
    assert shipment is not None
    one.write(lambda tx: drifts.open_drift(tx, shipment, "shop_late", "it shows nothing", one.now))
    found = one.scrape(later_s=600)
    assert (value(found, "shop_reads_waiting"), value(found, "shop_reads_age_seconds")) == (1, 600)
    assert value(found, "shop_drifts_open") == 1
    assert labelled(found, "shop_route") == {"hook/foreign": 1, "hook/none": 0, "hook/ours": 0, "hook/unknown": 0}


def test_what_it_stands_on_is_told(one: Monitored) -> None:
    found = one.scrape(later_s=3600)
    assert value(found, "database_up") == 1
    assert (value(found, "database_size_bytes") or 0) > 100_000
    assert (value(found, "read_seconds") or 9) < 5
    builds = [dict(labels) for name, labels in found if name == "wismo_build_info"]
    assert [(build["engine"], bool(build["version"]), bool(build["python"])) for build in builds] == [
        (one.database.engine, True, True)
    ]
    if one.database.engine == "sqlite":
        assert value(found, "backup_age_seconds") == 3600  # since it was installed
        assert (value(found, "disk_free_bytes", disk="database") or 0) > 0
        assert (value(found, "disk_free_bytes", disk="backups") or 0) > 0
        with one.database.read() as tx:
            mark = ledger.install(tx).get("install_id", "")[:8] or "unnamed"
        (one.folder / f"wismo-{mark}-{one.now - timedelta(minutes=9):%Y%m%d-%H%M%S}.db").touch()
        assert value(one.scrape(), "backup_age_seconds") == 600
    else:
        assert value(found, "backup_age_seconds") is None


def test_a_correction_and_a_held_delivery_are_told(one: Monitored) -> None:
    shipment = one.know("ups", NUMBER)
    wanted = WantedOverride("available_for_pickup", "the customer says so", by="a person")
    correct.override(one.desk, NUMBER, wanted, None, one.now)
    one.write(
        lambda tx: tx.rows(
            "UPDATE shipments SET held_status = 'delivered', held_since = :now WHERE shipment_id = :id",
            id=shipment,
            now=to_text(one.now),
        )
    )
    found = one.scrape(later_s=70)
    assert value(found, "overrides_standing") == 1
    assert (value(found, "parcels_held"), value(found, "parcels_held_age_seconds")) == (1, 70)
    assert value(found, "parcels", status="available_for_pickup") == 1
