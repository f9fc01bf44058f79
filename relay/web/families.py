"""Every metric of an installation: its name, what kind it is, what it means, its labels, and where its values stand."""

import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Final, Literal

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from relay.desk.measured import Figures, Of, Shop, Slow
from relay.desk.meter import Read

Kind = Literal["gauge", "counter"]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric."""

    name: str  #: as it is exposed, ``_total`` included
    kind: Kind
    text: str
    labels: tuple[str, ...]
    of: Callable[[Figures], Of]

    def made(self, figures: Figures | None) -> Metric:
        """Without figures it has no samples: a value that nobody knows is none."""
        make = CounterMetricFamily if self.kind == "counter" else GaugeMetricFamily
        family = make(self.name, self.text, labels=self.labels)
        for labels, value in (self.of(figures) if figures else {}).items():
            family.add_metric(labels, value)
        return family


def _one(value: float) -> Of:
    return {(): float(value)}


def _chosen(mode: str | None, modes: Iterable[str]) -> Of:
    """1 for what it is, 0 for what else it could be; nothing where it is neither."""
    return {(one,): float(one == mode) for one in sorted({*modes, mode})} if mode else {}


def _gauge(name: str, text: str, of: Callable[[Figures], Of], *labels: str) -> Family:
    return Family(f"wismo_{name}", "gauge", text, labels, of)


def _counter(name: str, text: str, of: Callable[[Figures], Of], *labels: str) -> Family:
    return Family(f"wismo_{name}_total", "counter", text, labels, of)


def _of_shop(of: Callable[[Shop], Of]) -> Callable[[Figures], Of]:
    return lambda figures: of(figures.shop) if figures.shop else {}


def _and_slow(quick: Of, figures: Figures, of: Callable[[Slow], Of]) -> Of:
    return {**quick, **of(figures.slow)} if figures.slow else quick


MODES: Final = ("send", "shadow", "paused")

PARCELS: Final = (
    _gauge("parcels", "Parcels by the status that is shown.",
           lambda f: _and_slow(f.parcels.by_status, f, lambda slow: slow.ended), "status"),
    _gauge("parcels_open", "Parcels without a last word.", lambda f: f.parcels.open_by_carrier, "carrier"),
    _gauge("parcels_held", "Deliveries that cannot be true and wait for a second word.",
           lambda f: _one(f.parcels.held.count)),
    _gauge("parcels_held_age_seconds", "How long the oldest held delivery waits; 0 where none does.",
           lambda f: _one(f.parcels.held.age_s)),
    _gauge("parcels_without_asker", "Open parcels of carriers that no account can be asked about.",
           lambda f: _one(f.parcels.without_asker)),
    _gauge("parcels_given_up", "Parcels on the give-up list.",
           lambda f: _and_slow({}, f, lambda slow: _one(slow.given_up))),
    _gauge("overrides_standing", "Corrections by people that are in force.", lambda f: _one(f.parcels.overrides)),
)  # fmt: skip

ASKING: Final = (
    _gauge("ask_late_seconds", "How late the asking is: for how long the ask that waits longest is due.",
           lambda f: f.asking.late_s, "carrier"),
    _gauge("asks_due", "Parcels that are due to be asked about.", lambda f: f.asking.due, "carrier"),
    _gauge("account_failing_seconds", "For how long an account brought nothing usable; 0 while it works.",
           lambda f: f.asking.failing_s, "carrier"),
    _counter("asks_failed", "Asks that brought nothing usable, by why.",
             lambda f: f.asking.failed, "carrier", "reason"),
)  # fmt: skip

HEARING: Final = (
    _gauge("heard_age_seconds", "How long ago a carrier was last heard: a push that could be read, a usable answer.",
           lambda f: f.hearing.heard_s, "carrier", "via"),
    _counter("pushes", "Pushes kept, the same bytes once, by what was to be done with them.",
             lambda f: f.hearing.pushes, "carrier", "action"),
    _counter("answers", "Answers kept, by what they amounted to.", lambda f: f.hearing.answers, "carrier", "outcome"),
    _counter("new_scans", "Scans that nobody had told before.", lambda f: f.hearing.news, "carrier", "via"),
    _counter("unknown_codes", "Scans whose code or moment says nothing to us.",
             lambda f: f.hearing.unknown, "carrier", "via"),
    _counter("missed_pushes", "New scans that came only by asking, and should have been pushed long before.",
             lambda f: f.hearing.missed, "carrier"),
    _gauge("pushes_unread", "Pushes that nobody could read, and that a replay still may.",
           lambda f: f.hearing.unread_pushes, "carrier"),
    _gauge("answers_unread", "Answers that nobody could read, and that a replay still may.",
           lambda f: f.hearing.unread_answers, "carrier"),
    _counter("pushes_dropped_unread", "Pushes that went by their age and were never read.",
             lambda f: f.hearing.lost, "carrier"),
    _counter("refused", "Requests that were turned away at the doors of carriers and shop, by why.",
             lambda f: f.hearing.refused, "sender", "reason"),
)  # fmt: skip

TELLING: Final = (
    _gauge("messages", "Messages of the outbox.", lambda f: _and_slow(f.telling.messages, f, lambda slow: slow.settled),
           "channel", "state"),
    _gauge("messages_due_age_seconds", "For how long the message is due that should have left first; 0 where none is.",
           lambda f: f.telling.due_s, "channel"),
    _gauge("messages_held", "Messages of those that are due which the brake holds.", lambda f: f.telling.held,
           "channel"),
    _gauge("channel_up", "1, or 0 while nothing can leave by this channel.", lambda f: f.telling.is_up, "channel"),
    _gauge("channel_paused", "1 while somebody has paused this channel.", lambda f: f.telling.is_paused, "channel"),
    _gauge("mail_mode", "What becomes of customers' mails: 1 for the mode that is on.",
           lambda f: _chosen(f.telling.mail_mode, MODES), "mode"),
    _gauge("shop_mode", "What becomes of writes to the shop: 1 for the mode that is on.",
           lambda f: _chosen(f.telling.shop_mode, MODES), "mode"),
    _gauge("live", "1 once `wismo go-live` lets mail and writes leave, or WISMO_LIVE does.",
           lambda f: _one(f.telling.is_live)),
    _gauge("mail_brake_on", "1 while mails are held because far more than usual would leave.",
           lambda f: _one(f.telling.is_braked)),
)  # fmt: skip

SHOP: Final = (
    _gauge("shop_reads_waiting", "Orders that are due to be read from the shop.",
           _of_shop(lambda shop: _one(shop.reads.count))),
    _gauge("shop_reads_age_seconds", "For how long the order waits that is to be read first; 0 where none is.",
           _of_shop(lambda shop: _one(shop.reads.age_s))),
    _gauge("shop_orders_unreadable", "Orders that could not be read, or not wholly.",
           _of_shop(lambda shop: _one(shop.unreadable))),
    _gauge("shop_drifts_open", "Parcels of which the shop shows something else.",
           _of_shop(lambda shop: _one(shop.drifts))),
    _gauge("shop_route", "Whose the hook or feed is that somebody connected: 1 for what was found.",
           _of_shop(lambda shop: shop.routes), "route", "state"),
)  # fmt: skip

WATCHING: Final = (
    _gauge("well", "1 while every promise is kept: what `GET /health` answers with 200.",
           lambda f: _one(f.watching.is_well)),
    _gauge("incidents_open", "Incidents that are open.", lambda f: f.watching.open, "kind"),
    _gauge("incidents_unowned", "Open incidents that nobody has taken, put off or called known.",
           lambda f: f.watching.nobodys, "kind"),
    _gauge("incidents_unowned_age_seconds", "For how long the oldest of them is open; 0 where there is none.",
           lambda f: f.watching.nobodys_s, "kind"),
    _counter("incidents_opened", "Incidents ever opened.", lambda f: f.watching.opened, "kind"),
    _gauge("loop_beat_age_seconds", "How long ago a loop that must run last beat; none before it ever did.",
           lambda f: f.watching.beat_s, "loop"),
    _gauge("loop_stopped", "1 while a loop that must run does not.", lambda f: f.watching.is_stopped, "loop"),
)  # fmt: skip

MACHINE: Final = (
    _gauge("backup_age_seconds", "Age of the newest nightly backup of SQLite; before the first, of the installation.",
           lambda f: {} if f.machine.backup_s is None else _one(f.machine.backup_s)),
    _gauge("disk_free_bytes", "Room on the disk of a SQLite database, and on that of its backups.",
           lambda f: f.machine.free_bytes, "disk"),
    _gauge("database_size_bytes", "What the database takes.", lambda f: _one(f.machine.database_bytes)),
)  # fmt: skip

FAMILIES: Final = (*PARCELS, *ASKING, *HEARING, *TELLING, *SHOP, *WATCHING, *MACHINE)


def exposed(read: Read | None, engine: str) -> Iterator[Metric]:
    """Everything of which something is known; without a reading the names alone."""
    yield from _about_reading(read)
    yield InfoMetricFamily("wismo_build", "What runs.", value=_build(engine))
    for family in FAMILIES:
        yield family.made(read.figures if read else None)


def _about_reading(read: Read | None) -> Iterator[Metric]:
    up = GaugeMetricFamily("wismo_database_up", "1 if the database answers and is up to date; else this is all.")
    took = GaugeMetricFamily("wismo_read_seconds", "How long the figures took to read from the database.")
    if read:
        up.add_metric((), float(read.figures is not None))
        took.add_metric((), read.seconds)
    yield from (up, took)


@cache
def _build(engine: str) -> dict[str, str]:
    return {"version": version("wismo"), "python": platform.python_version(), "engine": engine}
