"""One file per carrier or aggregator; the folder is the registry.

A file here builds one ``carrier = Carrier(...)``: a table from the vendor's codes to ours and a few short, pure
functions. Files whose name starts with an underscore are tools the adapters share.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TypeVar

from relay.errors import BadPayload, BadSignature, NotFound
from relay.model import Account, Action, Answer, Ask, Push, Reading, Token, Wanted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Budget:
    """How often an account may be asked. ``WISMO_<SLUG>_API_PER_SECOND`` and ``…_API_PER_DAY`` say otherwise."""

    per_second: float
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Asks:
    """How a sender is asked. Every function is pure; ``poll`` makes the requests."""

    api_url: str  #: the vendor's; ``WISMO_<SLUG>_API_URL`` names another
    needs: tuple[str, ...]  #: what the account must have: ``("API_KEY",)``
    #: One request about at most ``batch`` parcels.
    ask: Callable[[Account, Sequence[Wanted]], Ask]
    #: Pure. May raise BadPayload or any error of shape; :func:`read_answer` makes one outcome of them.
    parse_answer: Callable[[Answer], Reading]
    budget: Budget
    batch: int = 1
    #: Asks for a token, where requests need one; :attr:`parse_login` reads it.
    login: Callable[[Account], Ask] | None = None
    parse_login: Callable[[Answer], Token] | None = None
    #: What it is made with. An account without these needs none, if it has what it needs.
    login_with: tuple[str, ...] = ()
    or_needs: tuple[str, ...] = ()  #: what may stand in the place of ``needs``
    may_have: tuple[str, ...] = ()  #: other settings that are read where they are given
    #: Makes parcels known, where the sender answers only about those that were; its answer is read by ``parse_answer``.
    register: Callable[[Account, Sequence[Wanted]], Ask] | None = None
    #: It knows parcels by its own reference alone: what pushes and answers say of that is remembered.
    by_reference: bool = False
    #: An aggregator is asked about parcels of carriers that have no configured adapter of their own.
    is_aggregator: bool = False


def refuse_push(_push: Push, _secret: str) -> None:
    raise BadSignature("this carrier does not push")


def read_no_push(_body: bytes) -> Reading:
    raise BadPayload("this carrier does not push: use --via poll")


@dataclass(frozen=True, slots=True)
class Carrier:
    """An adapter's record; the type checker holds its shape where it is built. It pushes, is asked, or both."""

    slug: str  #: as in ``/push/<slug>`` and ``WISMO_<SLUG>_…``
    label: str
    docs: str  #: the vendor's page that the adapter follows
    #: Raises BadSignature. Sees the raw bytes, before any parser does.
    verify: Callable[[Push, str], None] = refuse_push
    #: Pure. May raise BadPayload or any error of shape; :func:`read_push` makes one outcome of them.
    parse_push: Callable[[bytes], Reading] = read_no_push
    asks: Asks | None = None
    #: Why a text cannot be a secret of this sender's, or ""; a wrong one stops the start.
    secret_fault: Callable[[str], str] = lambda _secret: ""
    #: It pushes a parcel only so long after it was registered; None: until its end.
    pushes_last: timedelta | None = None

    @property
    def pushes(self) -> bool:
        return self.verify is not refuse_push


#: What a parser stumbles over when a body has another shape than documented.
SHAPE_ERRORS = (BadPayload, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


@cache
def all_carriers() -> Mapping[str, Carrier]:
    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    found: list[Carrier] = [import_module(f"{__name__}.{name}").carrier for name in names]
    return MappingProxyType({carrier.slug: carrier for carrier in found})


def asked_by_reference(slug: str) -> bool:
    carrier = all_carriers().get(slug)
    return carrier is not None and carrier.asks is not None and carrier.asks.by_reference


def carrier_named(slug: str) -> Carrier:
    try:
        return all_carriers()[slug]
    except KeyError:
        raise NotFound(f"no adapter is called {slug!r}", f"Known: {', '.join(all_carriers())}") from None


def read_push(carrier: Carrier, body: bytes) -> Reading:
    """What ``carrier`` makes of a body; one that it cannot read is an outcome with a reason, never an exception."""
    return _readable(carrier.slug, carrier.parse_push, body)


def read_answer(carrier: Carrier, answer: Answer) -> Reading:
    """The same for an answer."""
    if carrier.asks is None:
        raise NotFound(f"{carrier.slug} cannot be asked", "It pushes: use --via push")
    return _readable(carrier.slug, carrier.asks.parse_answer, answer)


def _readable(slug: str, parse: Callable[[T], Reading], said: T) -> Reading:
    try:
        return parse(said)
    except SHAPE_ERRORS as error:
        reason = str(error) if isinstance(error, BadPayload) else f"{type(error).__name__}: {error}"
        return Reading(Action.UNREADABLE, reason=f"{slug}: {reason}"[:500])
