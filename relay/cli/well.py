"""What `wismo health` says to people: a line for all is counted, one for each thing that waits for somebody."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from relay.cli.output import local
from relay.desk import Desk
from relay.desk.health import Health
from relay.desk.loops import STOPPED
from relay.errors import WismoError
from relay.intake.failures import in_words
from relay.model import optional_text
from relay.watch import mute

Json = Mapping[str, Any]

#: Of each thing that waits, so many are named.
NAMED = 20


def silences(desk: Desk, now: datetime) -> list[Json]:
    """Of each carrier and way: when it last spoke, and after how many minutes of silence it would be missed now."""
    try:
        with desk.database.read() as tx:
            return [_silence(clock) for clock in mute.clocks(tx, desk, now)]
    except WismoError:
        return []  # the database does not answer, which is said already


def _silence(clock: mute.Clock) -> Json:
    after = clock.noticed_after
    return {
        "source": clock.source,
        "via": clock.via,
        "heard_at": optional_text(clock.heard_at),
        "noticed_after_min": round(after.total_seconds() / 60) if after else None,
    }


def lines(found: Health, timezone: str, clocks: Sequence[Json] = ()) -> Iterator[str]:
    yield "well: every promise is kept" if found.is_well else "not well:"
    yield from (f"  - {trouble.title}" for trouble in found.broken)
    yield from (f"    {remedy}" for remedy in dict.fromkeys(one.remedy for one in found.broken if one.kind == STOPPED))
    if not found.detail:
        return
    yield from (f"  {name:<9} {said}" for name, said in _counts(found.detail, timezone) if said)
    for heading, row_words, key in ROWS:
        rows: Any = found.detail[key]
        said = list(filter(None, (row_words(row, timezone) for row in rows)))
        if said:
            yield f"  {heading}:"
            yield from (f"    {words}" for words in said[:NAMED])
        if len(said) > NAMED:
            yield "    and more: --json"
    if clocks:
        yield "  silence would be noticed:"
        yield from (f"    {_noticed(clock, timezone)}" for clock in clocks)


def _noticed(clock: Json, timezone: str) -> str:
    minutes = clock["noticed_after_min"]
    if minutes is None:
        soon = "not by its silence: it speaks too seldom, or is known too little"
    else:
        soon = f"after {minutes} min" if minutes < 120 else f"after {minutes // 60} h"  # noqa: PLR2004 - two hours
    heard = f"heard {local(clock['heard_at'], timezone)}" if clock["heard_at"] else "not heard yet"
    return f"{clock['source']} {clock['via']}: {soon} ({heard})"


def _counts(detail: Json, timezone: str) -> Iterator[tuple[str, str]]:
    yield "mail", f"{MAIL.get(detail['mail'], detail['mail'])}{'' if detail['live'] else ' (not live)'}"
    yield "parcels", _numbers(detail["parcels"])
    yield "messages", _numbers(detail["messages"])
    unread = {name: detail[f"unread_{name}"] for name in ("pushes", "answers") if detail[f"unread_{name}"]}
    yield "unread", f"{_numbers(unread)}; `wismo replay --unread` after an upgrade" if unread else ""
    yield "shop", _shop(detail["shop"], timezone) if detail["shop"] else ""
    yield "loops", _loops(detail["loops"], timezone)


MAIL = {
    "send": "leaves",
    "shadow": "is kept in shadow",
    "paused": "is paused",
    "braked": "is held by the brake beyond its limit: `wismo brake`",
}


def _loops(beats: Json, timezone: str) -> str:
    if not beats:
        return ""
    name, at = min(beats.items(), key=lambda beat: str(beat[1]))
    return f"{len(beats)} beat; longest ago {name}, {local(at, timezone)}"


def _numbers(counts: Json) -> str:
    return ", ".join(f"{times} {name}" for name, times in counts.items())


def _shop(shop: Json, timezone: str) -> str:
    told = ", ".join(f"{route} {shop[route]['state']}" for route in ("hook", "feed"))
    swept = local(shop["swept_at"], timezone)
    return f"{shop['to_read']} orders to read, {told}, swept {swept}, {shop['drift']} parcels shown otherwise"


# -- what waits for somebody -------------------------------------------------------------------------------------------


def _incident(row: Json, timezone: str) -> str:
    return f"{row['title']}, since {local(row['opened_at'], timezone)}. {row['remedy']}"


def _channel(row: Json, timezone: str) -> str:
    said = []
    if row["paused_at"]:
        said.append(f"paused by {row['paused_by']} since {local(row['paused_at'], timezone)}")
    if row["down_since"]:
        said.append(f"down since {local(row['down_since'], timezone)} ({row['reason']})")
    if row["probe_at"]:
        said.append(f"tried again {local(row['probe_at'], timezone)}")
    return ", ".join([row["channel"], *said]) if said else ""


def _given_up(row: Json, timezone: str) -> str:
    heard = f"heard of {local(row['heard_at'], timezone)}" if row["heard_at"] else "never heard of"
    return (
        f"order {row['order_id']}: {row['carrier'] or 'no carrier'} {row['tracking_number']}, {row['status']}, {heard}"
    )


def _held(row: Json, timezone: str) -> str:
    return f"order {row['order_id']}: {row['held_reason']}, since {local(row['held_since'], timezone)}"


def _failed(row: Json, _timezone: str) -> str:
    return f"{row['carrier']}: {in_words(row['failure'])}, {_times(row)}"


def _refused(row: Json, _timezone: str) -> str:
    return f"{row['name']} {row['label']}, {_times(row)}"


def _code(row: Json, _timezone: str) -> str:
    return f"{row['source']} {row['code']}, {_times(row)}"


def _times(row: Json) -> str:
    return "once" if row["times"] == 1 else f"{row['times']} times"


ROWS: Sequence[tuple[str, Callable[[Json, str], str], str]] = (
    ("open incidents", _incident, "incidents"),
    ("held back", _channel, "channels"),
    ("given up, somebody must look", _given_up, "given_up"),
    ("deliveries that wait for a person", _held, "held_for_a_person"),
    ("asked in vain, last 7 days", _failed, "failed_asks_last_week"),
    ("refused, last 7 days", _refused, "refused_last_week"),
    ("codes that no table knows", _code, "unknown_codes"),
)
