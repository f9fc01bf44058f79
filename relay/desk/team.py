"""What a person of the team should look at, and who does; the morning list and ``/track list`` are made of it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from relay.database import Row, Tx
from relay.desk import Desk
from relay.desk.facets import Trouble
from relay.desk.health import HELD_FOR_A_PERSON
from relay.desk.incident_news import is_asleep
from relay.desk.view import carrier_label, trouble_of
from relay.errors import NotFound
from relay.model import Status, optional_moment
from relay.shops.drift import remedy
from relay.store import asks, drifts, incidents, ledger, mornings, orders, outbox, watches

#: Of each kind so many are looked at; where there are more, the count says "at least".
MOST = 200
#: A list is edited until the next one comes, and so long at most: over a weekend with holidays at both ends.
EDITED_FOR = timedelta(days=7)
#: Incidents whose parcels or messages stand on the list themselves.
_LISTED_SINGLY = frozenset({"dead_message"})


class Kind(StrEnum):
    """Why something is on the list, the weightiest first."""

    INCIDENT = "incident"
    DEAD = "dead"  # a message that was given up
    HELD = "held"  # a delivery that waits for a second word for a day
    GIVEN_UP = "given_up"
    DRIFT = "drift"  # the shop shows something else


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at. Nothing in it names a customer."""

    key: str  #: ``held/<id>``
    kind: Kind
    order_id: str  #: "": it is about no single order
    about: str  #: outside text: a title, a reason; the carrier where there is nothing else
    since: datetime | None
    remedy: str = ""
    trouble: Trouble | None = None  #: of an incident
    status: Status | None = None
    taken_by: str = ""  #: somebody's id in Slack


@dataclass(frozen=True, slots=True)
class TeamList:
    items: Sequence[Item]

    @property
    def counts(self) -> Mapping[Kind, int]:
        return Counter(item.kind for item in self.items)

    @property
    def digest(self) -> str:
        """Another one if anything on the list was done, came, or was taken."""
        said = [(item.key, item.about, item.taken_by) for item in self.items]
        return sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def team_list(desk: Desk, now: datetime) -> TeamList:
    with desk.database.read() as tx:
        return team_list_of(tx, now)


def team_list_of(tx: Tx, now: datetime) -> TeamList:
    """By weight, then the longest first."""
    taken = watches.taken(tx)
    late = "9999"
    found = sorted(_items(tx, taken, now), key=lambda item: (list(Kind).index(item.kind), str(item.since or late)))
    return TeamList(found)


def _items(tx: Tx, taken: Mapping[str, str], now: datetime) -> Iterator[Item]:
    for row in incidents.incidents(tx, only_open=True, limit=MOST):
        if row["kind"] not in _LISTED_SINGLY and not row["part_of"] and not is_asleep(row, now):
            yield _incident(row)
    for row in outbox.listed(tx, "dead", MOST):
        yield _item(taken, Kind.DEAD, row["message_id"], row, row["channel"], row["created_at"])
    for row in orders.held_since_before(tx, now - HELD_FOR_A_PERSON):
        yield _item(taken, Kind.HELD, row["shipment_id"], row, row["held_reason"], row["held_since"])
    for row in asks.given_up(tx, now, MOST):
        about = carrier_label(row["carrier"])
        yield _item(taken, Kind.GIVEN_UP, row["shipment_id"], row, about, row["heard_at"])
    for row in drifts.drifts(tx, limit=MOST):
        yield _item(taken, Kind.DRIFT, row["drift_id"], row, row["reason"], row["opened_at"])


def asleep(tx: Tx, now: datetime) -> set[str]:
    """Keys of the incidents that are open and not listed, because somebody wants to hear nothing of them now."""
    found = incidents.incidents(tx, only_open=True, limit=MOST)
    return {_key(row) for row in found if is_asleep(row, now) or row["part_of"]}


def _key(row: Row) -> str:
    return f"{Kind.INCIDENT}/{row['incident_id']}"


def _incident(row: Row) -> Item:
    return Item(
        key=_key(row),
        kind=Kind.INCIDENT,
        order_id="",
        about=row["title"],
        since=optional_moment(row["opened_at"]),
        trouble=trouble_of(row),
        taken_by=row["owner"] or "",
    )


def _item(taken: Mapping[str, str], kind: Kind, of: str, row: Row, about: str, since: str | None) -> Item:
    key = f"{kind}/{of}"
    return Item(
        key=key,
        kind=kind,
        order_id=row["order_id"],
        about=about or "",
        since=optional_moment(since),
        remedy=remedy(row["reason"]) if kind is Kind.DRIFT else "",
        status=Status(row["status"]) if "status" in row else None,
        taken_by=taken.get(key, ""),
    )


# -- who does it -------------------------------------------------------------------------------------------------------


def take(desk: Desk, key: str, person: str, now: datetime) -> str:
    """Whose it is: the first one's who took it. Raises NotFound if it is not on the list any more."""
    team = team_list(desk, now)
    item = _listed(team, key)
    if item.taken_by:
        return item.taken_by
    as_taken = _with(team, item, person)

    def work(tx: Tx) -> str:
        owner = _owner(tx, item, person, now)
        if owner == person:
            ledger.write_audit(tx, now, person, "take", key, about=_order_of(item))
            tell_list_again(tx, as_taken, now)
        return owner

    owner = desk.database.write(work)
    desk.wake()
    return owner


def holder(desk: Desk, key: str, now: datetime) -> str:
    """Who took an item; "" where nobody did. Raises NotFound if it is not on the list any more."""
    return _listed(team_list(desk, now), key).taken_by


def give_back(desk: Desk, key: str, person: str, by: str, now: datetime) -> bool:
    """Let an item that is ``person``'s be nobody's; whether it was theirs still. Raises NotFound as :func:`take`."""
    team = team_list(desk, now)
    item = _listed(team, key)
    as_free = _with(team, item, "")

    def work(tx: Tx) -> bool:
        given = _give_back(tx, item, person)
        if given:
            detail = key if by == person else f"{key} of {person}"
            ledger.write_audit(tx, now, by, "give back", detail, about=_order_of(item))
            tell_list_again(tx, as_free, now)
        return given

    given = desk.database.write(work)
    desk.wake()
    return given


def _listed(team: TeamList, key: str) -> Item:
    item = next((item for item in team.items if item.key == key), None)
    if item is None:
        raise NotFound("this was done meanwhile")
    return item


def _with(team: TeamList, item: Item, person: str) -> TeamList:
    return TeamList([replace(one, taken_by=person) if one is item else one for one in team.items])


def _order_of(item: Item) -> Row:
    return {"shop": "default", "order_id": item.order_id or None}


def _give_back(tx: Tx, item: Item, person: str) -> bool:
    if item.kind is Kind.INCIDENT:
        return incidents.give_back(tx, item.key.partition("/")[2], person)
    return watches.give_back(tx, item.key, person)


def _owner(tx: Tx, item: Item, person: str, now: datetime) -> str:
    if item.kind is Kind.INCIDENT:
        return incidents.take(tx, item.key.partition("/")[2], person)
    return watches.take(tx, item.key, person, now)


def forget_what_is_done(tx: Tx, team: TeamList) -> None:
    """Whoever took something is done with it; if it comes back, it is nobody's."""
    there = {item.key for item in team.items}
    for key in watches.taken(tx):
        if key not in there:
            watches.let_go(tx, key)


# -- the morning list --------------------------------------------------------------------------------------------------


def tell_list(tx: Tx, day: str, now: datetime) -> int:
    """Have the list of a day posted, or edited if it was; how many messages that makes."""
    key = sha256(f"morning\x1f{day}".encode()).hexdigest()[:32]
    watches.tell(tx, key, f"morning/{day}", status=Status.UNKNOWN.value, now=now)
    return 1


def tell_list_again(tx: Tx, team: TeamList, now: datetime) -> int:
    """Have the latest list edited, if it does not say what is so."""
    latest = mornings.latest(tx)
    if latest is None or now.date() - date.fromisoformat(latest["day"]) > EDITED_FOR:
        return 0
    told = json.loads(latest["told"])
    if told["is"] == team.digest:
        return 0
    mornings.mark_told(tx, latest["day"], json.dumps(told | {"is": team.digest}), now)
    return tell_list(tx, latest["day"], now)
