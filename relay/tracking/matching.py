"""Who moves a parcel, by what its shop says: courier, courier id, courier name, tracking page, number, in this order.

A shop's own table comes before what is built in. A later hint only chooses among the carriers that an earlier one left
open: several that stay possible are an outcome, and so is none.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from relay.model import normalise_number
from relay.tracking.known_carriers import HOSTS, NAMES, NUMBERS

_SHAPES = {slug: re.compile(shape) for slug, shape in NUMBERS.items()}


class MatchedBy(StrEnum):
    """Which hint named the carrier."""

    COURIER = "courier"
    COURIER_ID = "courier_id"
    COURIER_NAME = "courier_name"
    URL = "url"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Hints:
    """What a shop says of a package from which its carrier may be known."""

    courier: str | None = None  #: free text of whoever invoiced
    courier_ids: tuple[str, ...] = ()  #: by which the shop's logistics know the carrier
    courier_names: tuple[str, ...] = ()
    tracking_url: str | None = None
    tracking_number: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    carrier: str | None
    matched_by: MatchedBy | None = None
    candidates: tuple[str, ...] = ()  #: slugs of which none could be chosen; empty where nothing fits


def match(hints: Hints, table: Mapping[str, str]) -> Match:
    """The carrier that the hints name; ``table`` has the shop's slugs by :func:`courier_key`."""
    candidates: frozenset[str] = frozenset()
    for matched_by, found in _steps(hints, table):
        fitting = candidates & found if candidates else found
        if len(fitting) == 1:
            return Match(min(fitting), matched_by)
        candidates = fitting or candidates
    return Match(None, candidates=tuple(sorted(candidates)))


def courier_key(text: str) -> str:
    """The form under which a courier's name is compared: accents, case and punctuation do not matter."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(re.findall(r"[^\W_]+", "".join(sign for sign in plain if not unicodedata.combining(sign))))


def keys_of(hints: Hints) -> frozenset[str]:
    """Every key under which a shop's table may say who moves this parcel."""
    texts = (hints.courier or "", *hints.courier_ids, *hints.courier_names, _host_of(hints.tracking_url))
    return frozenset(filter(None, map(courier_key, texts)))


def _steps(hints: Hints, table: Mapping[str, str]) -> Iterator[tuple[MatchedBy, frozenset[str]]]:
    yield MatchedBy.COURIER, _named(hints.courier or "", table)
    yield MatchedBy.COURIER_ID, frozenset().union(*(_named(text, table) for text in hints.courier_ids))
    yield MatchedBy.COURIER_NAME, frozenset().union(*(_named(text, table) for text in hints.courier_names))
    yield MatchedBy.URL, _hosted(_host_of(hints.tracking_url), table)
    yield MatchedBy.NUMBER, _numbered(normalise_number(hints.tracking_number or ""))


def _named(text: str, table: Mapping[str, str]) -> frozenset[str]:
    key = courier_key(text)
    if key in table:
        return frozenset((table[key],))
    return frozenset(slug for slug, names in NAMES.items() if any(f" {name} " in f" {key} " for name in names))


def _hosted(host: str, table: Mapping[str, str]) -> frozenset[str]:
    key = courier_key(host)
    if key in table:
        return frozenset((table[key],))
    return frozenset(slug for slug, domains in HOSTS.items() if any(f".{host}".endswith(f".{it}") for it in domains))


def _host_of(url: str | None) -> str:
    try:
        return urlsplit(url or "").hostname or ""
    except ValueError:  # such as a bracket that is never closed
        return ""


def _numbered(number: str) -> frozenset[str]:
    return frozenset(slug for slug, shape in _SHAPES.items() if shape.fullmatch(number))
