"""Which adapter reads what is kept under a sender's name.

What comes through the API is a message of the standard format. A carrier's own is kept and read as that carrier's push
would be, so that the same event through either door is the same fact. A script of the shop's is no carrier: it speaks
under a name of its own, is believed after the carriers, and may be the second word about a delivery.
"""

from dataclasses import replace

from relay.carriers import carrier_named, read_push
from relay.carriers._oms import door
from relay.carriers.standard import SLUG as STANDARD
from relay.model import CANARY, Reading, Report, Via

#: The sender that a script of the shop's is.
SCRIPT = "api"


def want_reader(slug: str) -> None:
    """Raises NotFound unless something can read what is kept under this name."""
    if slug not in {SCRIPT, door.slug}:
        carrier_named(slug)


def via_of(slug: str) -> Via:
    """By which door came what is kept under this name; a carrier's own through the API counts as pushed."""
    return {SCRIPT: Via.API, door.slug: Via.SHOP}.get(slug, Via.PUSH)


def read_kept(slug: str, body: bytes) -> Reading:
    """What a message says to today's adapter. Raises NotFound."""
    if slug != SCRIPT:
        return read_push(door if slug == door.slug else carrier_named(STANDARD if slug == CANARY else slug), body)
    reading = read_push(carrier_named(STANDARD), body)
    return replace(reading, reports=tuple(_of_a_script(report) for report in reading.reports))


def _of_a_script(report: Report) -> Report:
    return replace(report, facts=tuple(fact._replace(source=SCRIPT, is_own=False) for fact in report.facts))
