"""What Prometheus is told, scraped and parsed as it does."""

import re
from pathlib import Path

import pytest
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

from relay.database import Database, Row, Tx, Values
from relay.desk.metrics import figures
from relay.model import Action, Outcome, to_text
from relay.store import asks, facts, incidents, ledger, metrics
from relay.store.facts import KeptPush
from relay.web import door_for
from relay.web.families import FAMILIES
from tests.web.conftest import ON_SQLITE
from tests.web.scraping import EMAIL, STRANGER, Monitored, answered, labelled, samples_of, value

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
NUMBER = "1Z204W4R0308071865"
MOVED = {"occurred_at": "2026-03-02T08:00:00-03:00", "status": "in_transit", "code": "10", "place": "Recife, PE"}
DHL = "JD014600006281230704"


@pytest.fixture
def one(api_database: Database, tmp_path: Path) -> Monitored:
    return Monitored(api_database, tmp_path)


# -- who may ask -------------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_this_machine_needs_no_key(one: Monitored) -> None:
    answer = one.ask()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "wismo_well 1.0\n" in answer.get_data(as_text=True)


@ON_SQLITE
@pytest.mark.parametrize(("scope", "status"), [("read", 200), ("write", 200), ("carrier:ups", 403)])
def test_another_machine_needs_a_key_that_reads(one: Monitored, scope: str, status: int) -> None:
    answer = one.ask(remote=STRANGER, headers={"Authorization": f"Bearer {one.key(scope)}"})
    assert answer.status_code == status
    if status == 403:
        body = answer.get_json()
        assert (body["why"], "--scope read" in body["remedy"]) == ("its scope is carrier:ups", True)


@ON_SQLITE
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic d2lzbW86"}])
def test_a_stranger_without_one_is_told_how_to_get_it(one: Monitored, headers: dict[str, str]) -> None:
    answer = one.ask(remote=STRANGER, headers=headers)
    body = answer.get_json()
    assert (answer.status_code, body["what"], answer.headers["WWW-Authenticate"]) == (401, "this needs a key", "Bearer")
    assert "wismo keys create --scope read" in body["remedy"]
    assert "wismo_" not in answer.get_data(as_text=True).replace(body["remedy"], "")


@ON_SQLITE
def test_whom_a_proxy_of_nobodys_speaks_for_is_no_question_of_this_machine(one: Monitored) -> None:
    assert one.ask(headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 401


@ON_SQLITE
def test_a_wrong_key_is_refused_to_this_machine_as_well(one: Monitored) -> None:
    assert one.ask(headers={"Authorization": "Bearer nonsense"}).status_code == 401


# -- how it is told ----------------------------------------------------------------------------------------------------


def test_both_formats_say_the_same(one: Monitored) -> None:
    one.tell("ups", NUMBER, MOVED)
    one.ask()
    plain, open_ = one.ask(), one.ask(headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert plain.content_type.startswith("text/plain; version=0.0.4")
    assert open_.content_type.startswith("application/openmetrics-text; version=1.0.0")
    texts = plain.get_data(as_text=True), open_.get_data(as_text=True)
    assert texts[1].endswith("# EOF\n")
    found = (
        samples_of(parser.text_string_to_metric_families(texts[0])),
        samples_of(openmetrics.text_string_to_metric_families(texts[1])),  # type: ignore[no-untyped-call]  # no types
    )
    ours = [
        {key: one for key, one in samples.items() if key[0].startswith("wismo_") and "_process_" not in key[0]}
        for samples in found
    ]
    assert ours[0] == ours[1]
    assert len(ours[0]) > 60


@ON_SQLITE
def test_a_monitor_may_ask_for_single_metrics(one: Monitored) -> None:
    text = one.ask("?name[]=wismo_well&name[]=wismo_channel_up").get_data(as_text=True)
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == {
        "wismo_well",
        "wismo_channel_up",
    }


@ON_SQLITE
def test_names_follow_prometheus_rules(one: Monitored) -> None:
    one.scrape()
    text = one.ask().get_data(as_text=True)
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))
    assert kinds.keys() == helps.keys()
    assert len(re.findall(r"^# TYPE ", text, re.MULTILINE)) == len(kinds)
    for name, kind in kinds.items():
        assert (kind == "counter") == name.endswith("_total"), name
        assert re.fullmatch(r"(wismo|process|python)_[a-z0-9_]+", name)
        assert not re.search(r"_(ms|milliseconds|minutes|hours|days|kb|mb)(_|$)", name), name
    assert all(family.text.endswith(".") and len(family.text) > 15 for family in FAMILIES)


@ON_SQLITE
def test_the_page_lists_what_there_is_and_nothing_else(one: Monitored) -> None:
    text = one.ask().get_data(as_text=True)
    exposed = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    listed = re.findall(
        r"^\| `((?:wismo|process|python)_\S+)` \| (\w+) \|([^|]*)\| .{8,} \|$", DOCS.read_text(), re.MULTILINE
    )
    kinds = {name: kind for name, kind, _ in listed}
    assert len(kinds) == len(listed)
    assert kinds == exposed
    labels = {name: tuple(re.findall(r"`(\w+)`", cell)) for name, _, cell in listed}
    assert {family.name: labels[family.name] for family in FAMILIES} == {one.name: one.labels for one in FAMILIES}
    meanings = {family.name: family.text for family in FAMILIES}
    for name, meaning in meanings.items():
        assert re.search(rf"^\| `{name}` \|.*\| {re.escape(meaning)} \|$", DOCS.read_text(), re.MULTILINE), name


# -- what is bounded, and what is kept to itself -----------------------------------------------------------------------


def test_whoever_invents_carriers_makes_no_new_series(one: Monitored) -> None:
    before = {name for name, _ in one.scrape()}
    invented = [f"invented-{index}" for index in range(500)]

    def work(tx: Tx) -> None:
        for index, slug in enumerate(invented):
            tx.rows(
                """
                INSERT INTO tracks (track_id, carrier, tracking_number, ask_at, known_at)
                VALUES (:id, :carrier, :number, :now, :now)
                """,
                id=f"{slug}/{index}",
                carrier=slug,
                number=f"N{index}",
                now=to_text(one.now),
            )
            asks.keep_answer(tx, answered(slug, Outcome.OK)._replace(slug=slug, asked_at=one.now))
        unreadable = Action.UNREADABLE.value
        facts.keep_pushes(tx, [KeptPush(slug, slug, one.now, "{}", b"x", unreadable, "") for slug in invented])
        counts = {(name, slug): 1 for slug in invented for name in ("forged", "ask_timeout", "dropped_unread")}
        ledger.add_tallies(tx, counts, one.now)

    one.write(work)
    for slug in invented:
        one.client.post(f"/push/{slug}", data=b"{}")
        one.client.get(f"/{slug}")
    one.refused.write_down(one.database, one.now)
    one.know("invented-1", "SOMENUMBER1")
    found = one.scrape(later_s=120)
    text = "\n".join(f"{name} {sorted(labels)}" for name, labels in found)
    assert "invented" not in text
    for name in ("pushes_total", "answers_total", "refused_total", "asks_failed_total", "pushes_unread"):
        assert sum(labelled(found, name).values()) >= 500, name
        assert all("other" in labels.split("/") for labels in labelled(found, name)), name
    assert labelled(found, "parcels_open") == {"other": 1}
    assert len(found) < 600
    assert before <= {name for name, _ in found}


def test_nothing_personal_is_told(one: Monitored) -> None:
    one.know("ups", NUMBER)
    one.tell("ups", NUMBER, MOVED)
    one.write(
        lambda tx: incidents.open_incident(
            tx, kind="untold", subject=f"order {NUMBER}", title=f"about {EMAIL}", remedy="r", now=one.now
        )
    )
    one.client.get("/t/some-token-of-a-customer")
    one.client.get(f"/api/v1/orders/order {NUMBER}")
    one.scrape()
    text = one.ask().get_data(as_text=True)
    for secret in (NUMBER, EMAIL, "ana.souza", "order 1Z", "some-token", "Recife", "mystore", "a key of the tests"):
        assert secret not in text, secret
    assert 'route="/t/<token>"' in text


# -- what only the process knows ---------------------------------------------------------------------------------------


@ON_SQLITE
def test_requests_are_counted_by_route_and_class_of_status(one: Monitored) -> None:
    for address in ("/live", "/live", "/t/nobody", "/t/another", "/no/such/page", "/nor/this"):
        one.client.get(address)
    one.client.post("/live")
    found = one.scrape()
    assert value(found, "process_http_requests_total", route="/live", status="2xx") == 2
    assert value(found, "process_http_requests_total", route="/t/<token>", status="4xx") == 2
    assert value(found, "process_http_requests_total", route="(none)", status="4xx") == 3
    assert value(found, "process_http_request_seconds_count", route="/live") == 2
    assert value(found, "process_http_request_seconds_bucket", route="/live", le="10.0") == 2
    assert found["process_resident_memory_bytes", frozenset()] > 1_000_000
    assert found["process_cpu_seconds_total", frozenset()] > 0
    assert not any(name.endswith("_created") for name, _ in found)
    one.restart()
    assert value(one.scrape(), "process_http_requests_total", route="/live", status="2xx") is None


@ON_SQLITE
def test_the_bots_own_door_is_scraped_as_well(one: Monitored) -> None:
    with door_for(one.desk, lambda: one.now, ()).test_client() as client:
        assert "wismo_well 1.0\n" in client.get("/metrics").get_data(as_text=True)
        assert client.get("/metrics", environ_overrides=STRANGER).status_code == 401


def test_a_database_that_is_not_ready_is_told_and_the_process_still_answers(one: Monitored) -> None:
    one.scrape()
    one.write(lambda tx: tx.rows("DELETE FROM migrations WHERE name LIKE '0009%'"))
    try:
        found = one.scrape()
    finally:
        one.write(lambda tx: tx.rows("INSERT INTO migrations (name) VALUES ('0009_silence.sql')"))
    assert value(found, "database_up") == 0
    assert value(found, "well") is None
    assert found["process_cpu_seconds_total", frozenset()] > 0
    assert value(one.scrape(), "database_up") == 1


@ON_SQLITE
def test_monitors_that_ask_at_once_are_told_the_same(one: Monitored) -> None:
    first = one.scrape()
    one.know("ups", NUMBER)
    assert value(one.scrape(later_s=4), "parcels", status="pending") == value(first, "parcels", status="pending") == 0
    assert value(one.scrape(later_s=1), "parcels", status="pending") == 1


# -- what it costs -----------------------------------------------------------------------------------------------------

#: Of these there are more from year to year.
GROWING = {"orders", "lookups", "tracks", "shipments", "facts", "pushes", "answers", "outbox", "audit"}


class Planned:
    """A transaction that asks SQLite of each statement how it would go about it."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.plans: list[str] = []

    def rows(self, sql: str, **params: object) -> list[Row]:
        self._explain(sql, params)
        return self._tx.rows(sql, **params)

    def tuples(self, sql: str, **params: object) -> list[Values]:
        self._explain(sql, params)
        return self._tx.tuples(sql, **params)

    def _explain(self, sql: str, params: dict[str, object]) -> None:
        self.plans += [row["detail"] for row in self._tx.rows(f"EXPLAIN QUERY PLAN {sql}", **params)]


@ON_SQLITE
def test_on_the_way_to_an_answer_no_table_that_grows_is_read_whole(one: Monitored) -> None:
    with one.database.read() as tx:
        planned = Planned(tx)
        metrics.seen_since(planned, to_text(one.now), one.now)
        figures(planned, one.desk, [], None, one.now)
    assert len(planned.plans) > 20
    scanned = [plan for plan in planned.plans if plan.startswith("SCAN ") and plan.split()[1] in GROWING]
    # Through an index with a condition of its own, which holds what is open or waits and nothing else.
    of_what_waits = {"outbox_due", "outbox_held", "pushes_unread", "answers_unread", "shipments_held"}
    assert [plan for plan in scanned if plan.split()[-1] not in of_what_waits] == []
