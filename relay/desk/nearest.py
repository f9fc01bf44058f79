"""What somebody may have meant who asked for something that is not there: a letter too few, too many or another."""

from collections.abc import Iterator

from relay.database import Row, Tx
from relay.desk.find import WRAPPING, Hit
from relay.intake.parcels import lookup_key
from relay.store import lookups

SHOWN = 5
#: Shorter ones are near to everything; longer ones are mistyped in more than one place.
SHORTEST, LONGEST = 4, 22
#: So many letters of a number's beginning mean it.
BEGINNING = 6
DIGITS = "0123456789"


def nearest(tx: Tx, query: str) -> list[Hit]:
    """At most five orders with a key beside ``query``; e-mail addresses and page links are never guessed."""
    key = lookup_key(query.strip(WRAPPING).removeprefix("#"))
    if "@" in query or not SHORTEST <= len(key) <= LONGEST:
        return []
    rows = lookups.look_up_any(tx, _slips(key), SHOWN * 3)
    if len(key) >= BEGINNING:
        rows += lookups.look_up_beginning(tx, key, SHOWN * 3)
    return _hits(rows)


def _slips(key: str) -> set[str]:
    """Every key of which ``key`` is a slip of the hand: one digit wrong, missing or doubled, two signs exchanged."""
    return {near for near in _variants(key) if near != key}


def _variants(key: str) -> Iterator[str]:
    for at, sign in enumerate(key):
        yield key[:at] + key[at + 1 :]
        yield key[:at] + key[at + 1 : at + 2] + sign + key[at + 2 :]
        if sign.isdigit():
            yield from (key[:at] + digit + key[at + 1 :] for digit in DIGITS)
    for at in range(len(key) + 1):
        yield from (key[:at] + digit + key[at:] for digit in DIGITS)
    yield f"{key}01"  # an order without the number of its part


def _hits(rows: list[Row]) -> list[Hit]:
    kinds: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        kinds.setdefault((row["shop"], row["order_id"]), []).append(row["kind"])
    return [Hit(shop, order_id, tuple(found)) for (shop, order_id), found in list(kinds.items())[:SHOWN]]
