"""What one asking costs the process that asks, beside aiohttp over as many connections; without TLS on either side.

First what httpx costs behind our few connections, then all of it: claimed, asked, read, stored and planned anew.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import aiohttp

from relay.carriers import carrier_named
from relay.cli.logs import configure_logs
from relay.cli.wiring import policy_of
from relay.database import open_database
from relay.desk import Desk
from relay.desk.care import settle_in
from relay.desk.correct import NewParcel, add
from relay.model import Account, Ask, Wanted
from relay.poll import Poll
from relay.poll.far import CONNECTIONS, Far
from relay.settings import Settings, load_settings
from tests.bench.carrier import KNOWN, ROOT, START, STEP, far_carrier
from tests.bench.figures import AtMost, Figure, alternating

SLUG = "dhl-unified"
PARCELS, ROUNDS = 200, 7
QUIET_S = 6 * 3600
#: A body is no shorter, in bytes.
SMALLEST = 2000


def of_one_ask() -> Iterator[Figure]:
    """In a process of its own, whose log goes into a file as a server's does."""
    with tempfile.TemporaryDirectory(dir=".") as folder, Path(folder, "log").open("w") as log:
        command = [sys.executable, "-m", "tests.bench.asking", folder]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=log, check=False)
        assert done.returncode == 0, Path(log.name).read_text(encoding="utf-8")[-3000:]
    cost = json.loads(done.stdout)
    aio = Figure(f"aiohttp, {CONNECTIONS} connections", cost["aiohttp"], "µs")
    yield Figure("CPU of an ask: HTTP alone", cost["httpx"], "µs", aio, AtMost(6))
    yield Figure("CPU of an ask: HTTP, read, stored, planned", cost["whole"], "µs", aio)
    yield Figure("asks that one core can make", 1e6 / cost["whole"], "asks/s")
    yield Figure("parcels that one core can ask about every 6 hours", QUIET_S * 1e6 / cost["whole"], "parcels")


def measured(folder: Path) -> dict[str, float]:
    """Microseconds of CPU of each way of asking."""
    with far_carrier() as url:
        settings = settings_in(folder, url)
        whole, ours, theirs = Whole(desk_with_parcels(settings)), Ours(settings, url), Theirs(settings, url)
        contenders = {"whole": whole.ask_all, "httpx": ours.ask_all, "aiohttp": theirs.ask_all}
        try:
            for warm_up in contenders.values():
                warm_up()
            return alternating({name: per_ask(work) for name, work in contenders.items()}, ROUNDS)
        finally:
            whole.close()
            ours.close()
            theirs.close()


def per_ask(work: Callable[[], None]) -> Callable[[], float]:
    def measure() -> float:
        before = time.process_time()
        work()
        return (time.process_time() - before) / PARCELS * 1e6

    return measure


def number(index: int) -> str:
    return f"JVGL{index:010}"


# -- all of it ---------------------------------------------------------------------------------------------------------


def settings_in(folder: Path, url: str) -> Settings:
    given = {
        "WISMO_DATABASE_URL": f"sqlite:{folder / 'wismo.db'}",
        "WISMO_MAIL_URL": f"file:{folder / 'mail'}",
        "WISMO_DHL_UNIFIED_API_KEY": "a key of the benchmark",
        "WISMO_DHL_UNIFIED_API_URL": url,
        "WISMO_DHL_UNIFIED_API_PER_SECOND": "9999",
        "WISMO_DHL_UNIFIED_API_PER_DAY": "100000",
    }
    return load_settings(given, None, slugs={SLUG: carrier_named(SLUG).secret_fault})


def desk_with_parcels(settings: Settings) -> Desk:
    database = open_database(settings.database_url, create=True)
    database.migrate()
    database.write(lambda tx: settle_in(tx, "a benchmark", START))
    desk = Desk(database, settings, policy_of(settings))
    for index in range(PARCELS):
        parcel = NewParcel(f"{index}", carrier=SLUG, number=number(index), email=f"ana{index}@example.com")
        add(desk, parcel, START)
    return desk


@dataclass(slots=True)
class Whole:
    """The relay, each time a little later than a scan that the carrier has not told yet."""

    desk: Desk
    _now: datetime = START + KNOWN * STEP
    _poll: Poll = field(init=False)

    def __post_init__(self) -> None:
        self._poll = Poll(self.desk, lambda: self._now)

    def ask_all(self) -> None:
        asked = self._poll.ask_due(wait_s=60)
        assert asked == PARCELS, f"{asked} were asked about"
        self._now += STEP

    def close(self) -> None:
        self._poll.close()
        self.desk.database.close()


# -- HTTP alone --------------------------------------------------------------------------------------------------------


def asks(settings: Settings) -> list[Ask]:
    adapter = carrier_named(SLUG).asks
    assert adapter
    account = Account(settings.adapter(SLUG))
    return [adapter.ask(account, [Wanted(SLUG, number(index))]) for index in range(PARCELS)]


async def few_at_a_time(ask: Callable[[Ask], Awaitable[int]], requests: Sequence[Ask]) -> None:
    """As many at once as we have connections, which is how the poll asks."""
    waiting = iter(requests)

    async def work() -> None:
        for request in waiting:
            size = await ask(request)
            assert size > SMALLEST, f"an answer of {size} bytes"

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


class Ours:
    def __init__(self, settings: Settings, url: str) -> None:
        self._runner, self._far = asyncio.Runner(), Far()
        self._asks, self._url = asks(settings), url

    def ask_all(self) -> None:
        self._runner.run(few_at_a_time(self._ask, self._asks))

    async def _ask(self, one: Ask) -> int:
        return len((await self._far.send(SLUG, self._url, one)).body)

    def close(self) -> None:
        self._runner.run(self._far.close())
        self._runner.close()


class Theirs:
    def __init__(self, settings: Settings, url: str) -> None:
        self._runner = asyncio.Runner()
        self._session = self._runner.run(self._opened())
        self._asks, self._url = asks(settings), url

    async def _opened(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS))

    def ask_all(self) -> None:
        self._runner.run(few_at_a_time(self._ask, self._asks))

    async def _ask(self, one: Ask) -> int:
        url = self._url + one.path
        async with self._session.request(one.method, url, headers=one.headers, params=one.params) as response:
            assert response.status == 200
            return len(await response.read())

    def close(self) -> None:
        self._runner.run(self._session.close())
        self._runner.close()


if __name__ == "__main__":
    configure_logs()
    print(json.dumps(measured(Path(sys.argv[1]).resolve())))
