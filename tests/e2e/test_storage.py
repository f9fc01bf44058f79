"""The store under two processes, on a full disk, and before anything may leave it."""

import json
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Protocol

import httpx
import pytest
import sqlite_utils

from tests.e2e.conftest import Relay, eventually, free_port
from tests.e2e.story import Said, Scan, Shop, easypost, open_shop, send, standard, ups

# -- two processes on one file -----------------------------------------------------------------------------------------


@contextmanager
def beside(relay: Relay, command: str) -> Iterator[Relay]:
    """Another process on the same database, at a port of its own."""
    second = Relay(relay.folder, relay.environment, free_port())
    second.start(command)
    try:
        yield second
    finally:
        second.stop()


def lives(parcels: int) -> list[Said]:
    """Many scans of each parcel, the last of them its delivery; what EasyPost tells grows with each push."""
    scans = [Scan("in_transit", 600 - minute) for minute in range(18)]
    scans += [Scan("out_for_delivery", 120), Scan("delivered", 60)]
    return [
        said
        for n in range(parcels)
        for so_far in (scans[: length + 1] for length in range(len(scans)))
        for said in (standard(f"AC{n}", so_far), ups(f"1Z{n}", so_far), easypost(f"94{n}", so_far))
    ]


def test_two_processes_on_one_file_take_the_same_pushes_at_once(tmp_path: Path) -> None:
    pushes = lives(parcels=3)
    orders = [(f"{carrier}-{n}", carrier, f"{head}{n}") for n in range(3) for carrier, head in HEADS.items()]
    with open_shop(tmp_path, WISMO_LIVE="yes") as shop, beside(shop.relay, "web") as web:
        for order in orders:
            shop.add(*order)
        jobs = [(url, said) for url in (shop.relay.url, web.url) for said in pushes]
        Random(21).shuffle(jobs)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda job: send(shop.client, *job), jobs))
            list(pool.map(lambda job: shop.client.post(f"{job[0]}/push/ups", content=b"{}"), jobs[:100]))
        assert {answer.status_code for answer in answers} == {200}
        for name, *_ in orders:
            eventually(lambda of=name: "Delivered" in shop.told(of), f"{name} is told")  # type: ignore[misc]  # a default binds it
            assert shop.told(name).count("Delivered") == 1
            parcel = shop.parcel(name)
            assert parcel["status"] == "delivered"
            assert len(parcel["events"]) == 20
        assert shop.waits_to_tell() == []
    stored = sqlite_utils.Database(tmp_path / "wismo.db")
    assert stored["pushes"].count == len({(said.slug, said.body) for said in pushes})
    assert list(stored.query("SELECT SUM(times) AS times FROM tallies WHERE name = 'forged'")) == [{"times": 100}]
    logs = "".join((tmp_path / name).read_text() for name in ("up.log", "web.log"))
    assert not [line for line in logs.splitlines() if "locked" in line or "crash" in line or "failed" in line]


HEADS = {"acme": "AC", "ups": "1Z", "usps": "94"}


# -- a full disk -------------------------------------------------------------------------------------------------------


class Disk(Protocol):
    @property
    def folder(self) -> Path: ...

    def fill(self, relay: Relay) -> None: ...

    def free(self, relay: Relay) -> None: ...


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A file system of a few MB that is full: of the database, the log and one big file."""

    folder: Path

    def fill(self, relay: Relay) -> None:
        with (self.folder / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def free(self, relay: Relay) -> None:
        (self.folder / "ballast").unlink()


@dataclass(frozen=True, slots=True)
class Quota:
    """No file of the process may grow: what any container can do to itself."""

    folder: Path

    def fill(self, relay: Relay) -> None:
        self._limit(relay, 4096)

    def free(self, relay: Relay) -> None:
        self._limit(relay, resource.RLIM_INFINITY)

    def _limit(self, relay: Relay, size: int) -> None:
        (worker,) = relay.workers()
        _, hard = resource.prlimit(worker, resource.RLIMIT_FSIZE)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, hard))


@pytest.fixture(params=[pytest.param(SmallDisk, marks=pytest.mark.slow), Quota])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param is Quota:
        yield Quota(tmp_path)
        return
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(tmp_path)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"this machine lets nobody mount a small disk: {mounted.stderr.strip()}")
    yield SmallDisk(tmp_path)
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_refuses_loses_nothing_and_recovers_by_itself(disk: Disk) -> None:
    with open_shop(disk.folder, WISMO_LIVE="yes") as shop:
        shop.add("1001", "ups", "FULL")
        kept, refused = _push_until_refused(shop, disk)
        assert kept
        for answer in refused:
            assert int(answer.headers["Retry-After"]) > 0
            assert "disk is full" in answer.json()["why"]
        disk.free(shop.relay)
        eventually(lambda: send(shop.client, shop.relay.url, _scan(0)).status_code == 200, "pushes are taken again")
        eventually(lambda: _incident(shop) == "open", "the team is told")
        assert shop.command("track", "1001")
        shop.has_told("1001", "On its way")
        _pass_hours(disk.folder)
        eventually(lambda: _incident(shop) == "closed", "it is over")
        assert shop.client.get(f"{shop.relay.url}/health").json()["reasons"] == []
    with closing(sqlite3.connect(disk.folder / "wismo.db")) as connection:
        assert kept <= {key for (key,) in connection.execute("SELECT push_id FROM pushes")}


def _push_until_refused(shop: Shop, disk: Disk) -> tuple[set[str], list[httpx.Response]]:
    """The ids of what was acknowledged, and what the others were answered, before and while the disk is full."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: send(shop.client, shop.relay.url, _scan(n)), range(1, 40)))
        assert {answer.status_code for answer in answers} == {200}
        disk.fill(shop.relay)
        for start in range(40, 1000, 40):
            answers += pool.map(lambda n: send(shop.client, shop.relay.url, _scan(n)), range(start, start + 40))
            if {answer.status_code for answer in answers[-40:]} == {503}:
                break
    assert {answer.status_code for answer in answers} == {200, 503}
    kept = {answer.json()["push_id"] for answer in answers if answer.status_code == 200}
    return kept, [answer for answer in answers if answer.status_code == 503]


def _scan(minute: int) -> Said:
    return ups("FULL", [Scan("in_transit", 60 + minute)])


def _incident(shop: Shop) -> str:
    found = [row for row in json.loads(shop.command("incidents", "--json")) if row["kind"] == "storage"]
    return "" if not found else "closed" if found[0]["closed_at"] else "open"


def _pass_hours(folder: Path) -> None:
    """The incident was last seen two hours ago, as far as the store knows."""
    then = datetime.now(UTC) - timedelta(hours=2)
    with closing(sqlite3.connect(folder / "wismo.db", timeout=10)) as connection, connection:
        connection.execute("UPDATE incidents SET last_seen_at = ?", [then.isoformat(timespec="milliseconds")])
