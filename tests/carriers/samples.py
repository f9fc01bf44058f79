"""The samples of every adapter: they lie in a folder named as its module, and are found, not listed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from relay.carriers import Carrier, all_carriers
from relay.model import Account, Answer, Push, Status, Wanted

HERE = Path(__file__).parent
NOW = datetime(2026, 3, 4, 20, tzinfo=UTC)
CARRIERS = tuple(all_carriers().values())
PUSHERS = tuple(carrier for carrier in CARRIERS if carrier.pushes)
ASKERS = tuple(carrier for carrier in CARRIERS if carrier.asks)
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


@dataclass(frozen=True, slots=True)
class Asking:
    """What ``asking.py`` in an adapter's folder says."""

    account: Account  #: what it may be asked with, all of it secret but what ``needs`` and the address name
    secrets: tuple[str, ...]  #: those of the account's values that nobody may see
    asked: Mapping[str, Sequence[Wanted]]  #: by sample; "" is what all the others were asked about


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer that we composed: ``NAME[.STATUS].answer.json``, or ``.html`` for what is no JSON."""

    carrier: Carrier
    path: Path

    @property
    def id(self) -> str:
        return f"{self.carrier.slug}-{self.name}"

    @property
    def name(self) -> str:
        return self.path.name.partition(".")[0]

    @property
    def status(self) -> int:
        parts = self.path.name.split(".")
        return int(parts[1]) if parts[1].isdigit() else 200

    @property
    def asked(self) -> Sequence[Wanted]:
        asked = asking(self.carrier).asked
        return asked.get(self.name, asked[""])

    @property
    def expectation(self) -> Path:
        return self.path.with_name(f"{self.path.name.partition('.answer.')[0]}.answer.expected.json")

    @property
    def is_object(self) -> bool:
        """Neither a page nor empty."""
        body = self.path.read_bytes().strip()
        return body.startswith(b"{") and body != b"{}"

    def answer(self, body: bytes | None = None) -> Answer:
        return Answer(self.status, self.path.read_bytes() if body is None else body, NOW, {}, self.asked)


def module_of(carrier: Carrier) -> ModuleType:
    return import_module((carrier.asks.parse_answer if carrier.asks else carrier.parse_push).__module__)


def modules_of(carrier: Carrier) -> list[ModuleType]:
    """Its own and that of its tables, where they have one."""
    own = module_of(carrier)
    room, _, name = own.__name__.rpartition(".")
    tables_name = f"{room}._{name}_codes"
    return [own, import_module(tables_name)] if find_spec(tables_name) else [own]


def folder_of(carrier: Carrier) -> Path:
    return HERE / module_of(carrier).__name__.rpartition(".")[2]


def bodies(carrier: Carrier) -> list[Path]:
    """What it was pushed."""
    if not carrier.pushes:
        return []
    found = sorted(folder_of(carrier).glob("*.json"))
    return [path for path in found if not path.name.endswith((".expected.json", ".answer.json"))]


def answers(carrier: Carrier) -> list[Sample]:
    found = sorted(folder_of(carrier).glob("*.answer.*"))
    return [Sample(carrier, path) for path in found if not path.name.endswith(".expected.json")]


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


@cache
def asking(carrier: Carrier) -> Asking:
    name = f"{__package__}.{folder_of(carrier).name}.asking"
    assert find_spec(name), f"{folder_of(carrier)}/asking.py is missing: see docs/adding-a-carrier.md"
    found = import_module(name)
    return Asking(Account(found.VALUES, found.TOKEN), (*found.SECRETS, found.TOKEN), found.ASKED)


def signed(carrier: Carrier, body: bytes, secret: str | None = None, now: datetime = NOW) -> Push:
    how = signing(carrier)
    return push(carrier, body, how.sign(body, secret or how.secrets[0], now))


def push(carrier: Carrier, body: bytes, headers: Mapping[str, str], token: str = "") -> Push:
    return Push(carrier.slug, "POST", f"/push/{carrier.slug}", dict(headers), body, NOW, token)


def tables(carrier: Carrier) -> dict[str, dict[object, Status]]:
    """The tables of an adapter's modules, by name: whatever leads to a status of ours."""
    members = [member for module in modules_of(carrier) for member in vars(module).items()]
    found = {name: value for name, value in members if isinstance(value, dict) and value}
    return {name: value for name, value in found.items() if all(isinstance(one, Status) for one in value.values())}
