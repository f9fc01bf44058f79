"""Looking after an installation: what leaves and what does not, keys, the queue, the install itself."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from relay.database import Row, Tx
from relay.desk import Desk
from relay.errors import BadInput, NotFound
from relay.intake.parcels import LOOKUP_SECRET
from relay.intake.untold import list_waiting
from relay.model import CANARY, carrier_slug
from relay.settings import Settings
from relay.store import incidents, ledger, orders, outbox

#: What people call a channel, and what it is called in the outbox.
CHANNELS = {"mail": ("email",), "shop": ("shop",), "all": ("email", "shop")}
SHOP = "default"
#: Of what somebody typed who may not, the audit keeps so many characters.
LONGEST_WISH = 40

# -- the install -------------------------------------------------------------------------------------------------------


def settle_in(tx: Tx, identity: str, now: datetime) -> None:
    """Make a fresh database an installation; one that was copied starts paused and says so.

    ``identity`` is the database's own (:meth:`Database.identity`).
    """
    orders.add_shop(tx, SHOP, now)
    ledger.set_install_once(tx, "install_id", secrets.token_hex(16))
    ledger.set_install_once(tx, LOOKUP_SECRET, secrets.token_hex(32))
    known = ledger.install(tx).get("identity")
    ledger.set_install(tx, "identity", identity)
    if known is not None and known != identity:
        _greet_copy(tx, known, now)


def _greet_copy(tx: Tx, known: str, now: datetime) -> None:
    pause_channels(tx, CHANNELS["all"], "wismo: this database was copied", now)
    incidents.open_incident(
        tx,
        kind="copied",
        subject="database",
        title=f"This database is a copy (of {known}); if the original still runs, both would tell customers",
        remedy="Stop the other one, then `wismo resume all`",
        figures={"known": known},
        now=now,
    )


# -- what leaves -------------------------------------------------------------------------------------------------------


def is_live(tx: Tx, settings: Settings) -> bool:
    """Whether mail over SMTP and writes to a shop leave: the setting, else what ``go-live`` decided."""
    return settings.live if settings.live is not None else ledger.install(tx).get("live") == "yes"


def mail_mode(tx: Tx, settings: Settings) -> str:
    """``send``, ``shadow`` or ``paused``. Mail to a folder leaves nothing, so it is never held."""
    if outbox.channel(tx, "email")["paused_at"]:
        return "paused"
    return "send" if settings.mail_url.scheme == "file" or is_live(tx, settings) else "shadow"


def shop_mode(tx: Tx, settings: Settings) -> str:
    """The same for writes to the shop."""
    if outbox.channel(tx, "shop")["paused_at"]:
        return "paused"
    return "send" if is_live(tx, settings) else "shadow"


def go_live(desk: Desk, by: str, now: datetime) -> int:
    """Let mails and shop writes leave from now on; what was news before is not told. How many were set aside."""

    def work(tx: Tx) -> int:
        kept = outbox.shelve(tx, CHANNELS["all"], "shadow")
        ledger.set_install(tx, "live", "yes")
        orders.set_baseline(tx, SHOP, now)
        ledger.write_audit(tx, now, by, "go-live", f"{kept} waiting messages stay in shadow")
        return kept

    return desk.database.write(work)


def is_paused(desk: Desk) -> bool:
    with desk.database.read() as tx:
        return mail_mode(tx, desk.settings) == "paused"


def shadow(desk: Desk, by: str, now: datetime) -> None:
    """Let nothing leave any more until the next go-live."""

    def work(tx: Tx) -> None:
        ledger.set_install(tx, "live", "no")
        ledger.write_audit(tx, now, by, "shadow")

    desk.database.write(work)


def pause(desk: Desk, what: str, by: str, now: datetime) -> int:
    """Hold back a channel until it is resumed; how many waiting messages were set aside."""
    channels = _channels(what)

    def work(tx: Tx) -> int:
        ledger.write_audit(tx, now, by, "pause", what)
        return pause_channels(tx, channels, by, now)

    return desk.database.write(work)


def pause_channels(tx: Tx, channels: Sequence[str], by: str, now: datetime) -> int:
    for name in channels:
        outbox.pause(tx, name, by, now)
    return set_aside(tx, channels, now)


def set_aside(tx: Tx, channels: Sequence[str], now: datetime) -> int:
    """Take what waits off paused channels for good; whom that leaves untold is listed. How many messages."""
    if "email" in channels:
        list_waiting(tx, now)
    return outbox.shelve(tx, channels, "paused")


def resume(desk: Desk, what: str, by: str, now: datetime) -> int:
    """Let a channel go on, from the present: what happened before is not told. How many messages stay untold."""
    channels = _channels(what)

    def work(tx: Tx) -> int:
        resumed = [name for name in channels if outbox.resume(tx, name)]
        if not resumed:
            raise NotFound(f"{what} is not paused")
        left = set_aside(tx, resumed, now)
        if "email" in resumed:
            orders.set_baseline(tx, SHOP, now)
        incidents.close_incident(tx, "copied", "database", now)
        ledger.write_audit(tx, now, by, "resume", what)
        return left + outbox.count_by_state(tx).get("paused", 0)

    return desk.database.write(work)


def refuse(desk: Desk, action: str, what: str, by: str, now: datetime) -> None:
    """Leave a trace of somebody who may not do what they tried."""
    desk.database.write(lambda tx: ledger.write_audit(tx, now, by, action, what[:LONGEST_WISH], outcome="refused"))


def _channels(what: str) -> Sequence[str]:
    if what not in CHANNELS:
        raise BadInput("what", f"{what!r} cannot be paused", f"Use one of: {', '.join(CHANNELS)}")
    return CHANNELS[what]


# -- the queue ---------------------------------------------------------------------------------------------------------


def retry_message(desk: Desk, message_id: str, now: datetime) -> None:
    if not desk.database.write(lambda tx: outbox.retry(tx, message_id, now)):
        remedy = "`wismo outbox` lists them; shadow is never sent later, and what the brake holds by `wismo brake send`"
        raise NotFound(f"no message that could be sent has the id {message_id!r}", remedy)
    desk.wake()


def drop_message(desk: Desk, message_id: str) -> None:
    if not desk.database.write(lambda tx: outbox.drop(tx, message_id)):
        raise NotFound(f"no waiting message has the id {message_id!r}", "`wismo outbox` lists them")


# -- keys --------------------------------------------------------------------------------------------------------------

SCOPES = ("read", "write", "carrier:<slug>")


@dataclass(frozen=True, slots=True)
class NewKey:
    key_id: str
    key: str  #: shown once; only its hash is stored
    scope: str


def create_key(desk: Desk, scope: str, label: str, now: datetime) -> NewKey:
    if scope not in {"read", "write"} and not scope.removeprefix("carrier:").strip():
        raise BadInput("scope", f"{scope!r} names no carrier", f"Use one of: {', '.join(SCOPES)}")
    if scope not in {"read", "write"} and not scope.startswith("carrier:"):
        raise BadInput("scope", f"{scope!r} is no scope", f"Use one of: {', '.join(SCOPES)}")
    if carrier_slug(scope.removeprefix("carrier:")) == CANARY:
        raise BadInput("scope", f"{CANARY} is reserved for pushes of our own", "Name the carrier whose key it is")
    made = NewKey(secrets.token_hex(4), f"wismo_{secrets.token_urlsafe(32)}", scope)
    desk.database.write(
        lambda tx: ledger.add_key(
            tx, key_id=made.key_id, key_hash=key_hash(made.key), scope=scope, label=label, now=now
        )
    )
    return made


def revoke_key(desk: Desk, key_id: str, now: datetime) -> None:
    if not desk.database.write(lambda tx: ledger.revoke_key(tx, key_id, now)):
        raise NotFound(f"no valid key has the id {key_id!r}", "`wismo keys list` shows them")


def key_hash(key: str) -> str:
    """A key is 256 random bits, so a plain hash is enough to store it."""
    return sha256(key.encode()).hexdigest()


def listed_keys(desk: Desk) -> list[Row]:
    with desk.database.read() as tx:
        return ledger.keys(tx)
