"""The samples of every adapter: they lie in a folder named as its module, and are found, not listed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from relay.carriers import Carrier, all_carriers
from relay.model import Push, Status

HERE = Path(__file__).parent
NOW = datetime(2026, 3, 4, 20, tzinfo=UTC)
CARRIERS = tuple(all_carriers().values())
#: What customers may be told of, so that every adapter shows how it says it; and what teams must see.
TOLD = frozenset(
    {
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.ATTEMPTED,
        Status.AVAILABLE_FOR_PICKUP,
        Status.DELIVERED,
        Status.EXCEPTION,
        Status.RETURNING,
    }
)

Sign = Callable[[bytes, str, datetime], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Signing:
    """What ``sign.py`` in an adapter's folder says."""

    sign: Sign
    secrets: tuple[str, str]
    covers_body: bool  #: False where the sender only repeats a secret


def module_of(carrier: Carrier) -> ModuleType:
    return import_module(carrier.parse_push.__module__)


def folder_of(carrier: Carrier) -> Path:
    return HERE / module_of(carrier).__name__.rpartition(".")[2]


def bodies(carrier: Carrier) -> list[Path]:
    found = sorted(folder_of(carrier).glob("*.json"))
    return [path for path in found if not path.name.endswith(".expected.json")]


def expectation(body: Path) -> Path:
    return body.with_suffix(".expected.json")


@cache
def signing(carrier: Carrier) -> Signing:
    name = f"{__package__}.{folder_of(carrier).name}"
    missing = f"{folder_of(carrier)}/sign.py is missing: see docs/adding-a-carrier.md"
    assert find_spec(name), missing
    assert find_spec(f"{name}.sign"), missing
    found = import_module(f"{name}.sign")
    return Signing(found.sign, found.SECRETS, found.COVERS_BODY)


def signed(carrier: Carrier, body: bytes, secret: str | None = None, now: datetime = NOW) -> Push:
    how = signing(carrier)
    return push(carrier, body, how.sign(body, secret or how.secrets[0], now))


def push(carrier: Carrier, body: bytes, headers: Mapping[str, str], token: str = "") -> Push:
    return Push(carrier.slug, "POST", f"/push/{carrier.slug}", dict(headers), body, NOW, token)


def tables(carrier: Carrier) -> dict[str, dict[object, Status]]:
    """The tables of an adapter's module, by name: whatever leads to a status of ours."""
    found = {name: value for name, value in vars(module_of(carrier)).items() if isinstance(value, dict) and value}
    return {name: value for name, value in found.items() if all(isinstance(one, Status) for one in value.values())}
