"""Order of arrival, repetition and company in a commit never change where a parcel ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay import tracking
from relay.database import Database, open_database
from relay.intake import parcels
from relay.intake.apply import apply
from relay.intake.parcels import Parcel
from relay.intake.record import record_push
from relay.intake.state import circumstances
from relay.intake.told import understood
from relay.model import Action, Fact, FactKind, Reading, Report, Status, Via, fact_id
from relay.store import facts as fact_store
from relay.store import orders, outbox
from tests.conftest import NOON, fact, settle
from tests.intake.steps import POLICY, push_of, together

#: Who tells, and whether it is the carrier itself.
SOURCES = {"ups": True, "easypost": False, "seventeen_track": False}
names = count()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A real file for all examples; each has an order and a number of its own."""
    opened = open_database(f"sqlite:{tmp_path_factory.mktemp('laws') / 'wismo.db'}", create=True)
    opened.migrate()
    opened.write(settle)
    yield opened
    opened.close()


# -- what can come in --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of one source about the parcel."""

    via: Via
    source: str
    carrier: str | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Import:
    """What a shop or a person gives of the parcel, not all at once."""

    carrier: str | None = None
    dispatched_at: datetime | None = None


Step = Heard | Import


@st.composite
def facts(draw: st.DrawFn, statuses: Sequence[Status] = tuple(Status), most: int = 7) -> list[Fact]:
    """Scans and summaries of several sources around noon, no two of them the same."""
    moments = st.tuples(st.sampled_from(sorted(SOURCES)), st.sampled_from(FactKind), st.integers(-4, 8))
    told = draw(st.lists(moments, max_size=most, unique=True))
    return [
        fact(
            draw(st.sampled_from(statuses)),
            hours,
            source=source,
            is_own=SOURCES[source],
            kind=kind,
            to_recipient=draw(st.booleans()),
            parcel_id=draw(st.sampled_from([None, None, None, "a", "b"])) if SOURCES[source] else None,
            estimated_at=draw(st.sampled_from([None, "2026-03-07", "2026-03-09"])) if kind == "summary" else None,
        )
        for source, kind, hours in told
    ]


@st.composite
def messages(draw: st.DrawFn, told: Sequence[Fact], vias: Sequence[Via], carriers: Sequence[str | None]) -> list[Heard]:
    """Messages that tell all of it, often more than once; each is a push or an answer."""
    groups = [[one] for one in told] + draw(
        st.lists(st.lists(st.sampled_from(told), max_size=4), max_size=3) if told else st.just([])
    )
    heard: list[Heard] = []
    for group in groups:
        for source in dict.fromkeys(one.source for one in group):
            of_source = tuple(dict.fromkeys(one for one in group if one.source == source))
            heard.append(Heard(draw(st.sampled_from(vias)), source, draw(st.sampled_from(carriers)), of_source))
    return heard


@st.composite
def lives(draw: st.DrawFn, vias: Sequence[Via] = (Via.PUSH, Via.POLL)) -> list[Step]:
    """Everything that is ever said and known of one parcel, in one order."""
    told = draw(messages(draw(facts()), vias, ("ups",)))
    dispatched = draw(st.sampled_from([None, -2, 0, 3]))
    known: list[Step] = [Import(draw(st.sampled_from(["ups", None])))]
    if dispatched is not None:
        known.append(Import(dispatched_at=NOON + timedelta(hours=dispatched)))
    return draw(st.permutations([*told, *known]))


# -- how it ends -------------------------------------------------------------------------------------------------------


def live(database: Database, steps: Sequence[Step]) -> str:
    """Let a parcel live through the steps, a minute apart; its number."""
    number = f"N{next(names)}"
    for minute, step in enumerate(steps):
        _take(database, number, step, NOON + timedelta(minutes=minute))
    return number


def _take(database: Database, number: str, step: Step, now: datetime) -> None:
    if isinstance(step, Import):
        moment = step.dispatched_at.isoformat(timespec="milliseconds") if step.dispatched_at else None
        parcel = Parcel(carrier=step.carrier, tracking_number=number, dispatched_at=moment)
        given_: dict[str, str | None] = {"email": "ana@example.com"}
        database.write(lambda tx: parcels.record_order(tx, POLICY, number, given_, parcel, now, shop="default"))
        return
    reading = reading_of(number, step)
    if step.via is Via.PUSH:
        hours = (now - NOON) / timedelta(hours=1)
        record_push(database, POLICY, push_of(reading, at=hours, source=step.source), reading)
        return
    told = understood(step.source, "answer", reading, now, Via.POLL)
    database.write(lambda tx: apply(tx, POLICY, told, now))


def reading_of(number: str, heard: Heard) -> Reading:
    return Reading(Action.APPLY, (Report(heard.carrier, number, heard.facts),))


@dataclass(frozen=True, slots=True)
class End:
    """Where a parcel is in the end, but for what belongs to its number and to our clock."""

    carrier: str | None
    state: tuple[object, ...]
    facts: frozenset[tuple[object, ...]]
    timeline: tuple[tuple[object, ...], ...]


STATE = ("status", "shown_status", "held_status", "held_reason", "delivered_at", "estimated_at", "rounds")


def end_of(database: Database, number: str) -> End:
    with database.read() as tx:
        row = orders.shipments_of(tx, "default", number)[0]
        kept = fact_store.facts_of(tx, row["track_id"])
        elsewhere = [tracked for tracked in fact_store.waiting_tracks(tx) if tracked["track_id"].endswith(f"/{number}")]
    assert elsewhere == []
    assert {one.fact_id for one in kept} == {fact_id(one.source, number, one) for one in kept}
    told = tracking.timeline(tracking.belonging(kept, circumstances(row)))
    return End(
        carrier=row["carrier"],
        state=tuple(row[name] for name in STATE),
        facts=frozenset((*named(one), one.answered) for one in kept),
        timeline=tuple(named(one) for one in told),
    )


def named(one: Fact) -> tuple[object, ...]:
    return one.source, one.kind, one.status, one.code, one.moment_text, one.parcel_id, one.estimated_at


def mails_of(database: Database, number: str) -> list[tuple[str, str, str]]:
    with database.read() as tx:
        shipment_id = orders.shipments_of(tx, "default", number)[0]["shipment_id"]
        return [(row["status"], row["rounds"], row["state"]) for row in outbox.messages_of(tx, shipment_id)]


# -- the laws ----------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(steps=lives(), seed=st.integers(0, 999))
def test_neither_the_order_of_arrival_nor_repetition_changes_the_end(
    database: Database, steps: list[Step], seed: int
) -> None:
    random = Random(seed)
    again = [*steps, *random.sample(steps, min(len(steps), 4))]
    random.shuffle(again)
    calm, wild = live(database, steps), live(database, again)
    end = end_of(database, calm)
    assert end_of(database, wild) == end
    assert {one[:-1] for one in end.facts} == {
        named(one) for step in steps if isinstance(step, Heard) for one in step.facts
    }


@settings(max_examples=40, deadline=None)
@given(steps=lives())
def test_what_a_parcel_shows_was_told_or_waits_and_only_one_mail_waits(database: Database, steps: list[Step]) -> None:
    number = live(database, steps)
    shown = Status(str(end_of(database, number).state[1]))
    mails = mails_of(database, number)
    assert shown not in POLICY.mail_statuses or shown.value in {status for status, _, _ in mails}
    assert [state for _, _, state in mails].count("due") <= 1
    assert {status for status, _, _ in mails} <= {status.value for status in POLICY.mail_statuses}


OPEN = tuple(status for status in Status if not status.is_final)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=st.integers(0, 999))
def test_while_a_parcel_is_open_it_does_not_matter_which_messages_name_its_carrier(
    database: Database, data: st.DataObject, seed: int
) -> None:
    heard = data.draw(messages(data.draw(facts(OPEN, most=5)), (Via.PUSH,), ("ups", None)))
    is_named = any(one.carrier for one in heard)
    steps: list[Step] = [*heard, Import(data.draw(st.sampled_from(["ups", None])) if is_named else "ups")]
    spelled = [Heard(one.via, one.source, "ups", one.facts) if isinstance(one, Heard) else one for one in steps]
    Random(seed).shuffle(steps)
    assert end_of(database, live(database, steps)) == end_of(database, live(database, spelled))


@settings(max_examples=60, deadline=None)
@given(steps=lives(vias=(Via.PUSH,)), data=st.data())
def test_pushes_that_share_a_commit_end_as_if_they_had_come_one_by_one(
    database: Database, steps: list[Step], data: st.DataObject
) -> None:
    heard = [step for step in steps if isinstance(step, Heard)]
    repeated = [*heard, *data.draw(st.lists(st.sampled_from(heard), max_size=4) if heard else st.just([]))]
    imports = [step for step in steps if isinstance(step, Import)]
    before = data.draw(st.integers(0, len(imports)))
    ends, firsts = [], []
    for is_batch in (False, True):
        number = live(database, imports[:before])
        pushes = [
            (push_of(reading_of(number, one), at=1 + index / 60, source=one.source), reading_of(number, one))
            for index, one in enumerate(repeated)
        ]
        if is_batch:
            recorded = together(database, POLICY, pushes)
        else:
            recorded = [record_push(database, POLICY, push, reading) for push, reading in pushes]
        for late in imports[before:]:
            _take(database, number, late, NOON + timedelta(hours=3))
        firsts.append([one.is_first for one in recorded])
        ends.append((end_of(database, number), received(database, number)))
    assert ends[0] == ends[1]
    assert firsts[0] == firsts[1]
    assert sum(firsts[0]) == len({push.body for push, _ in pushes})


def received(database: Database, number: str) -> object:
    """When the facts of a parcel were first received, and when its carrier was last heard."""
    with database.read() as tx:
        track_id = orders.shipments_of(tx, "default", number)[0]["track_id"]
        track = fact_store.track(tx, track_id)
        facts_ = fact_store.facts_of(tx, track_id)
    return track and track["heard_at"], {named(one): one.received_at for one in facts_}
