"""Nothing outside answers: many incidents with one cause, which is this machine's network, are one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from relay.database import Row, Tx
from relay.desk import Desk
from relay.intake.failures import Failure
from relay.model import from_text, optional_moment, to_text
from relay.silence.storms import Side, begins, goes_on
from relay.store import incidents
from relay.watch.alarms import Alarm

SUBJECT: Final = "network"
#: Asks that nobody said anything to.
_SILENT: Final = frozenset({Failure.TIMEOUT, Failure.UNREACHABLE, Failure.CUT_OFF})
#: What far sides are called, by what their incidents are about: two ways to one are one.
_NAMES: Final = {"email": "mail server", "alert": "mail server", "slack": "Slack", "orders": "shop"}
_REMEDY: Final = "Look at this machine's network and DNS; `wismo doctor` tries each far side. All go on by themselves"


def storms(tx: Tx, _desk: Desk, found: Mapping[str, Row], now: datetime) -> Sequence[Alarm]:
    lost = {side.incident_id: side for side in _sides(_unreachable(tx))}
    storm = found.get(SUBJECT)
    if storm is None:
        sides = begins(list(lost.values()))
        return [_alarm(sides, sides)] if sides else []
    known = list(_sides(incidents.parts_of(tx, storm["incident_id"])))
    joined = [side for side in lost.values() if side.lost_at >= from_text(storm["opened_at"])]
    sides = list({side.incident_id: side for side in (*known, *joined)}.values())
    return [_alarm(sides, [side for side in sides if side.back_at is None])] if goes_on(sides, now) else []


def _alarm(sides: Sequence[Side], lost: Sequence[Side]) -> Alarm:
    """It counts and names each far side once, however often it was lost."""
    names = list(dict.fromkeys(side.name for side in sides))
    since = min(side.lost_at for side in sides)
    named = ", ".join(names)[:200]
    return Alarm(
        subject=SUBJECT,
        title=f"Nothing outside answers: {len(names)} far sides since {since:%H:%M} UTC ({named})",
        remedy=_REMEDY,
        figures={"sides": len(names), "names": named, "since_at": to_text(since)},
        parts=[side.incident_id for side in lost],
    )


def _unreachable(tx: Tx) -> Iterator[Row]:
    for kind, is_silent in _KINDS.items():
        yield from (row for row in incidents.open_of(tx, kind) if is_silent(incidents.figures_of(row)))


def _sides(rows: Iterable[Row]) -> Iterator[Side]:
    for row in rows:
        figures = incidents.figures_of(row)
        is_carrier = row["kind"] == "ask_failing"
        subject = str(row["subject"])
        name = str(figures["carrier"]) if is_carrier else _NAMES.get(subject, subject)
        kind = "carrier" if is_carrier else name
        yield Side(row["incident_id"], kind, name, from_text(row["opened_at"]), optional_moment(row["closed_at"]))


def _says_nothing(figures: incidents.Figures) -> bool:
    return figures.get("unreachable") == 1


#: Kinds that a far side's silence opens, and whether it said nothing at all; what it refuses, it was there to refuse.
_KINDS: Final[Mapping[str, Callable[[incidents.Figures], bool]]] = {
    "ask_failing": lambda figures: figures.get("failure") in _SILENT,
    "channel_down": _says_nothing,
    "shop_down": _says_nothing,
    "heartbeat_down": lambda figures: not str(figures.get("fault", "")).startswith("HTTP "),
}
