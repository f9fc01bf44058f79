"""``wismo report``: a month in figures, for people, for programs, and as a table for a spreadsheet."""

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Final

import click

from relay import clock
from relay.cli import output
from relay.cli.parcels import as_program
from relay.cli.wiring import desk_at_hand
from relay.desk.figures import ENOUGH, Share, transit_of
from relay.desk.report import Caught, Figures, OfCarrier, OfDay, Report, as_json, month_report
from relay.errors import WismoError

DAY: Final = 24  # hours


@click.command()
@click.option("--month", required=True, metavar="YYYY-MM", help="By the shop's calendar.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write each day of each carrier.")
@as_program
def report(month: str, file: Path | None, *, is_json: bool) -> None:
    """Say what a month was like: parcels, promises kept, each carrier's times, mails, corrections, incidents.

    \b
    Examples:
      wismo report --month 2026-11
      wismo report --month 2026-11 --csv november.csv
    """
    with desk_at_hand() as desk:
        settings = desk.settings
        with desk.database.read() as tx:
            found = month_report(tx, month, settings.timezone, clock.now())
    if is_json:
        output.as_json(as_json(found))
    elif not file:
        for line in lines(found):
            output.line(line)
    if file:
        _write(file, table(found.days, ";" if settings.locale[:2] in {"pt", "es"} else ","))
        click.echo(f"{file}: {len(found.days)} days of carriers", err=is_json)


# -- as a table --------------------------------------------------------------------------------------------------------

COLUMNS: Final = (
    "day",
    "carrier",
    "carrier_name",
    "dispatched",
    "delivered",
    "with_promise",
    "in_time",
    "returned",
    "transit_parcels",
    "transit_median_hours",
    "silent_minutes",
)
#: A spreadsheet takes a cell that begins so for a formula.
_OBEYED: Final = ("=", "+", "-", "@", "\t", "\r")


def table(days: Sequence[OfDay], delimiter: str) -> str:
    """Whole numbers only, so that it does not matter how a spreadsheet writes a fraction."""
    text = StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(row) for row in days)
    return text.getvalue()


def _cells(row: OfDay) -> Sequence[object]:
    median = transit_of(row.hours).median
    return (
        row.day.isoformat(),
        _harmless(row.carrier),
        _harmless(row.label),
        row.dispatched,
        row.delivered,
        row.promised,
        row.in_time,
        row.returned,
        len(row.hours),
        "" if median is None else round(median),
        round(row.silent / timedelta(minutes=1)),
    )


def _harmless(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return f"'{plain}" if text.startswith(_OBEYED) else plain


def _write(file: Path, text: str) -> None:
    """With the mark by which Excel knows UTF-8."""
    try:
        file.write_text(text, encoding="utf-8-sig", newline="")
    except OSError as fault:
        raise WismoError(f"{file} cannot be written: {fault.strerror}", "Name a folder that you may write to") from None


# -- for people --------------------------------------------------------------------------------------------------------


def lines(report: Report) -> Iterator[str]:
    now, period = report.now, report.now.period
    so_far = "" if (period.last + timedelta(days=1)).day == 1 else " so far"
    yield f"{period.first:%B %Y}{so_far} ({period.first} to {period.last}, {period.zone})"
    if now.is_empty:
        yield "nothing moved, nothing was told, nothing went wrong"
        return
    if report.before:
        yield f"in parentheses: {report.before[0].period.first:%B %Y}"
    yield ""
    yield in_time(report)
    yield ""
    yield from _aligned(_counts(report))
    yield ""
    yield from _aligned(_carriers(now))
    yield f"transit: from the carrier's first scan to the delivery; of fewer than {ENOUGH} parcels it is not told"
    yield ""
    yield from _caught(now.caught)


def in_time(report: Report) -> str:
    """``98 of 104 with a promise came in time (94 %; before: 91 %)``."""
    share, usual = report.now.parcels.in_time, report.usual(lambda of: of.parcels.in_time.ratio)
    if not share.of:
        return "none of the parcels that were delivered had a promised day"
    more = [_percent(share), *([f"before: {usual:.0%}".replace("%", " %")] if usual is not None else [])]
    return f"{share.hits} of {share.of} with a promise came in time ({'; '.join(more)})"


def _percent(share: Share) -> str:
    return "too few for a percentage" if share.ratio is None else f"{share.ratio:.0%}".replace("%", " %")


def _counts(report: Report) -> Iterator[Sequence[str]]:
    for name, number in COUNTS.items():
        usual = None if name in _UNCOMPARED else report.usual(number)
        if number(report.now) or usual:
            yield name, f"{number(report.now):.0f}" + (f"  ({usual:.0f})" if usual is not None else "")
    if report.now.corrections:
        yield "corrections", ", ".join(f"{times} {status}" for status, times in report.now.corrections.items())


COUNTS: Final[dict[str, Callable[[Figures], float]]] = {
    "dispatched": lambda of: of.parcels.dispatched,
    "delivered": lambda of: of.parcels.delivered,
    "returned": lambda of: of.parcels.returned,
    "open at the end": lambda of: of.parcels.open,
    "  of those late": lambda of: of.parcels.late,
    "  not scanned for 3 days": lambda of: of.parcels.still,
    "held deliveries, now": lambda of: of.parcels.held,
    "not received, customers say": lambda of: of.not_received,
    "mails sent": lambda of: of.mails.sent,
    "mails kept in shadow": lambda of: of.mails.shadow,
    "mails set aside in a pause": lambda of: of.mails.paused,
    "mails given up": lambda of: of.mails.dead,
    "news that was not told": lambda of: of.mails.untold,
    "written to the shop": lambda of: of.shop.written,
    "differences at the shop, new": lambda of: of.shop.drifts,
    "differences at the shop, over": lambda of: of.shop.drifts_over,
    "differences at the shop, open": lambda of: of.shop.drifts_open,
    "corrections contradicted": lambda of: of.contradicted,
}
#: What is known of the present, or of the reported period alone.
_UNCOMPARED: Final = frozenset({"  not scanned for 3 days", "held deliveries, now"})


def _carriers(now: Figures) -> Iterator[Sequence[str]]:
    yield "CARRIER", "DISPATCHED", "DELIVERED", "IN TIME", "TRANSIT", "90 % WITHIN", "OPEN", "LATE", "SILENT"
    yield from (_carrier(one) for one in now.carriers)


def _carrier(one: OfCarrier) -> Sequence[str]:
    parcels = one.parcels
    return (
        one.label or "unknown",
        str(parcels.dispatched),
        str(parcels.delivered),
        f"{parcels.in_time.hits} of {parcels.in_time.of}" if parcels.in_time.of else "-",
        _days(parcels.transit.median),
        _days(parcels.transit.p90),
        str(parcels.open),
        str(parcels.late),
        _hours(one.silent) if one.silent else "-",
    )


def _caught(caught: Sequence[Caught]) -> Iterator[str]:
    yield "incidents:" if caught else "no incidents"
    for one in caught:
        still = f", {one.open} open at the end" if one.open else ""
        taken = f", taken by {', '.join(one.taken_by)}" if one.taken_by else ", taken by nobody"
        yield f"  {one.kind}: {one.opened}, open for {_hours(one.lasted)} (median){still}{taken}"


def _days(hours: float | None) -> str:
    return "-" if hours is None else f"{hours / DAY:.1f} days"


def _hours(lasted: timedelta) -> str:
    minutes = round(lasted / timedelta(minutes=1))
    return f"{minutes} min" if minutes < 2 * 60 else f"{minutes / 60:.0f} h"


def _aligned(rows: Iterator[Sequence[str]]) -> Iterator[str]:
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


COMMANDS = (report,)
