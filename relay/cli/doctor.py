"""Everything examined live, all at once and within seconds: one line each, one remedy where it failed.

doctor_machine  disk, rights, mail             vtex_doctor   the shop
doctor_store    the database and what it knows slack_doctor  Slack
doctor_far      names, address, clock, logins
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Thread
from time import monotonic

import structlog

from relay.carriers import Asks, all_carriers
from relay.cli.doctor_far import examine_address, examine_clock, examine_heartbeat, examine_logins, examine_names
from relay.cli.doctor_machine import examine_alarms, examine_disk, examine_dotenv, examine_mail
from relay.cli.doctor_store import examine_database, examine_file
from relay.cli.finding import Finding, failed, well
from relay.cli.slack_doctor import examine_slack
from relay.cli.vtex_doctor import examine_vtex
from relay.desk.accounts import Asker, askers_of, known_names, missing_of, setting_of
from relay.settings import ADAPTER_NAMES, Settings, described

#: The whole takes no longer, whoever does not answer.
WHOLE_S = 18.0
Examine = Callable[[Settings], Iterable[Finding]]

log = structlog.get_logger()


def examine(settings: Settings) -> list[Finding]:
    """In this order, whatever comes first."""
    until = monotonic() + WHOLE_S
    begun = [_Examination(name, work, settings) for name, work in EXAMINATIONS]
    return [finding for one in begun for finding in one.findings(until)]


class _Examination:
    """A part of it in a thread of its own, which is not waited for for ever."""

    def __init__(self, name: str, work: Examine, settings: Settings) -> None:
        self._name = name
        self._work = work
        self._found: list[Finding] = []
        self._thread = Thread(target=self._run, args=(settings,), name=f"doctor {name}", daemon=True)
        self._thread.start()

    def _run(self, settings: Settings) -> None:
        try:
            for finding in self._work(settings):
                self._found.append(finding)
        except Exception as error:
            # The others are worth reading all the same.
            log.exception("doctor", part=self._name)
            self._found.append(failed(self._name, f"cannot be examined ({type(error).__name__})", "Report it"))

    def findings(self, until: float) -> Sequence[Finding]:
        self._thread.join(max(until - monotonic(), 0.0))
        found = list(self._found)
        if self._thread.is_alive():
            said = f"not examined whole: somebody does not answer within {WHOLE_S:.0f} s"
            found.append(failed(self._name, said, "See what does not answer; the lines above, if any, hold"))
        return found


# -- what takes no waiting ---------------------------------------------------------------------------------------------


def _settings(settings: Settings) -> Iterator[Finding]:
    for line in described(settings):
        yield well(line.name, f"{line.value} ({line.source})")


def _adapters(settings: Settings) -> Iterator[Finding]:
    for slug in (slug for slug, carrier in all_carriers().items() if carrier.pushes):
        count = len(settings.push_secrets(slug))
        yield well(f"push {slug}", f"{count} secrets" if count else "off (no secret)")


def _askers(settings: Settings) -> Iterator[Finding]:
    askers = {asker.slug: asker for asker in askers_of(settings, all_carriers())}
    for slug, carrier in all_carriers().items():
        given = settings.adapter(slug)
        if carrier.asks:
            yield _asker(slug, askers.get(slug), carrier.asks, given)
        known = known_names(carrier.asks) if carrier.asks else frozenset[str]()
        for name in sorted(given.keys() - known - (set(ADAPTER_NAMES) - {"API_KEY"})):
            remedy = f"It may be misspelt; {carrier.label} reads {_named(slug, known) or 'only its push secrets'}"
            yield failed(setting_of(slug, name), "no adapter reads it", remedy)


def _asker(slug: str, asker: Asker | None, asks: Asks, given: Mapping[str, str]) -> Finding:
    if asker:
        per_day = f", {asker.budget.per_day} a day" if asker.budget.per_day else ""
        return well(f"ask {slug}", f"{asker.budget.per_second:g} a second{per_day}")
    if not given.keys() & known_names(asks):
        return well(f"ask {slug}", "off (no key)")
    ways = missing_of(asks, given)
    missing = ", or ".join(_named(slug, way) for way in ways if len(way) == min(map(len, ways)))
    return failed(f"ask {slug}", f"off without {missing}", "Set what is missing")


def _named(slug: str, names: Iterable[str]) -> str:
    return ", ".join(setting_of(slug, name) for name in sorted(names))


def _untested(_settings: Settings) -> Iterator[Finding]:
    yield well(
        "not tested",
        "that carriers reach WISMO_PUBLIC_URL from where they are; that a sent mail arrives; that the heartbeat's "
        "service would call somebody; that a backup can be put back (`wismo restore` on another machine)",
    )


EXAMINATIONS: Sequence[tuple[str, Examine]] = (
    ("settings", _settings),
    ("settings' file", examine_dotenv),
    ("disk", examine_disk),
    ("database", examine_database),
    ("database file", examine_file),
    ("names", examine_names),
    ("public address", examine_address),
    ("clock", examine_clock),
    ("mail", examine_mail),
    ("alarms", examine_alarms),
    ("heartbeat", examine_heartbeat),
    ("push", _adapters),
    ("ask", _askers),
    ("logins", examine_logins),
    ("vtex", examine_vtex),
    ("slack", examine_slack),
    ("not tested", _untested),
)
