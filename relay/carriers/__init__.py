"""One file per carrier or aggregator; the folder is the registry.

A file here builds one ``carrier = Carrier(...)``: a table from the vendor's codes to ours and a few short, pure
functions. Files whose name starts with an underscore are tools the adapters share.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from relay.errors import BadPayload, NotFound
from relay.model import Action, Push, Reading


@dataclass(frozen=True, slots=True)
class Carrier:
    """An adapter's record; the type checker holds its shape where it is built."""

    slug: str  #: as in ``/push/<slug>`` and ``WISMO_<SLUG>_…``
    label: str
    docs: str  #: the vendor's page that the adapter follows
    #: Raises BadSignature. Sees the raw bytes, before any parser does.
    verify: Callable[[Push, str], None]
    #: Pure. May raise BadPayload or any error of shape; :func:`read_push` makes one outcome of them.
    parse_push: Callable[[bytes], Reading]
    #: Why a text cannot be a secret of this sender's, or ""; a wrong one stops the start.
    secret_fault: Callable[[str], str] = lambda _secret: ""


#: What a parser stumbles over when a body has another shape than documented.
SHAPE_ERRORS = (BadPayload, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


@cache
def all_carriers() -> Mapping[str, Carrier]:
    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    found: list[Carrier] = [import_module(f"{__name__}.{name}").carrier for name in names]
    return MappingProxyType({carrier.slug: carrier for carrier in found})


def carrier_named(slug: str) -> Carrier:
    try:
        return all_carriers()[slug]
    except KeyError:
        raise NotFound(f"no adapter is called {slug!r}", f"Known: {', '.join(all_carriers())}") from None


def read_push(carrier: Carrier, body: bytes) -> Reading:
    """What ``carrier`` makes of a body; one that it cannot read is an outcome with a reason, never an exception."""
    try:
        return carrier.parse_push(body)
    except SHAPE_ERRORS as error:
        reason = str(error) if isinstance(error, BadPayload) else f"{type(error).__name__}: {error}"
        return Reading(Action.UNREADABLE, reason=f"{carrier.slug}: {reason}"[:500])
