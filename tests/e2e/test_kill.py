"""kill -9 of worker, parent and both, at random moments under load: nothing acknowledged is lost, nothing is left."""

import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random
from subprocess import Popen
from threading import Event

import httpx
import pytest

from tests.e2e.conftest import WISMO, Relay, eventually
from tests.e2e.story import VOICES, Said, Scan, Shop, Voice, address_of, open_shop, send

pytestmark = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="only Linux ends a worker with its parent")

SENDERS = 4
ORDERS_PER_KILL = 6
LIFE = (
    *(Scan("in_transit", 600 - 10 * n) for n in range(10)),
    Scan("out_for_delivery", 120),
    Scan("delivered", 60),
)


# -- the load ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parcel:
    order: str
    voice: Voice

    @property
    def number(self) -> str:
        return self.order.upper().replace("-", "0")

    def life(self) -> list[Said]:
        return [self.voice(self.number, LIFE[: length + 1]) for length in range(len(LIFE))]


@dataclass(frozen=True, slots=True)
class Load:
    """Senders that never rest: each tells the life of one parcel after another, and repeats itself when none waits."""

    shop: Shop
    parcels: list[Parcel] = field(default_factory=list)
    acknowledged: SimpleQueue[str] = field(default_factory=SimpleQueue)  #: push ids, as often as they were answered
    _waiting: SimpleQueue[Parcel] = field(default_factory=SimpleQueue)
    _is_over: Event = field(default_factory=Event)

    @contextmanager
    def at_work(self, seed: int) -> Iterator[None]:
        """Until the end of the block, and until every life is told to its end."""
        with ThreadPoolExecutor(SENDERS) as pool:
            senders = [pool.submit(self._tell, Random(seed + n)) for n in range(SENDERS)]
            try:
                yield
            finally:
                self._is_over.set()
        for sender in senders:
            sender.result()

    def grow(self) -> None:
        """More orders, so that there is news at every moment."""
        voices = list(VOICES)
        for n in range(len(self.parcels), len(self.parcels) + ORDERS_PER_KILL):
            parcel = Parcel(f"kill-{n}", voices[n % len(voices)])
            self.shop.add(parcel.order, VOICES[parcel.voice], parcel.number)
            self.parcels.append(parcel)
            self._waiting.put(parcel)

    def _tell(self, random: Random) -> None:
        told: list[Said] = []
        while not (self._is_over.is_set() and self._waiting.empty()):
            news = self._next_life()
            told += news
            for said in news or random.sample(told, min(len(told), 1)):
                eventually(lambda push=said: self._is_kept(push), "a push is acknowledged")  # type: ignore[misc]  # a default binds it

    def _next_life(self) -> list[Said]:
        try:
            return self._waiting.get(timeout=0.001).life()
        except Empty:
            return []

    def _is_kept(self, said: Said) -> bool:
        """Whether this try was acknowledged. Nobody there, cut off and "come back later" are what a carrier bears."""
        try:
            answer = send(self.shop.client, self.shop.relay.url, said)
        except httpx.TransportError:
            return False
        assert answer.status_code in {200, 503}, answer.text
        if answer.status_code == 200:
            self.acknowledged.put(answer.json()["push_id"])
        return answer.status_code == 200


# -- the kills ---------------------------------------------------------------------------------------------------------

VICTIMS = ("worker", "parent", "both")
#: How often a process may begin to answer before its time comes; the others may die while they start.
MAY_ANSWER = 0.5
#: Longest time from then, or from the start, to the kill.
LONGEST_LIFE_S = 0.6
#: Granian replaces no worker that dies within 5.5 s after its predecessor: it ends, and a supervisor begins anew.
CRASH_LOOP_S = 6.0


@dataclass(slots=True)
class Killer:
    """Kills processes of a relay, and begins anew where no parent is left to do so."""

    relay: Relay
    random: Random
    kills: Counter[str] = field(default_factory=Counter)
    gave_up: int = 0  #: parents that ended because their worker was killed twice in a short time
    slowest_end_s: float = 0.0  #: from a parent's death to that of the last of its children
    _replaced_at: float = -inf

    def strike(self) -> None:
        if self.random.random() < MAY_ANSWER:
            eventually(self.relay.is_live, "it answers again")
        time.sleep(self.random.uniform(0, LONGEST_LIFE_S))
        assert self._parent().poll() is None, "it ended by itself"
        victim = self.random.choice(VICTIMS)
        self.kills[victim] += 1
        match victim:
            case "worker":
                self._kill_worker()
            case "parent":
                self._kill_parent()
            case _:
                os.kill(self._worker(), signal.SIGKILL)
                self._kill_parent()

    def _kill_worker(self) -> None:
        worker, parent = self._worker(), self._parent()
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: parent.poll() is not None or not {*self.relay.workers()} <= {worker}, "it is replaced")
        if parent.poll() is None:
            self._replaced_at = time.monotonic()
            return
        assert time.monotonic() - self._replaced_at < CRASH_LOOP_S, "the parent did not replace its worker"
        self.gave_up += 1
        self._begin_anew()

    def _kill_parent(self) -> None:
        self.relay.stop(signal.SIGKILL)
        self._begin_anew()

    def _begin_anew(self) -> None:
        ended_at = time.monotonic()
        eventually(lambda: not processes_in(self.relay.folder), "no orphan is left")
        self.slowest_end_s = max(self.slowest_end_s, time.monotonic() - ended_at)
        launch(self.relay)
        self._replaced_at = -inf

    def _parent(self) -> Popen[bytes]:
        assert self.relay.process is not None
        return self.relay.process

    def _worker(self) -> int:
        eventually(lambda: bool(self.relay.workers()), "there is a worker")
        (worker,) = self.relay.workers()
        return worker


def launch(relay: Relay) -> None:
    """As ``relay.start``, but without waiting for an answer: a start is killed like anything else."""
    here = str(Path(__file__).parents[2])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": here, "WISMO_PORT": str(relay.port)} | relay.environment
    with (relay.folder / "up.log").open("ab") as log:
        relay.process = Popen([*WISMO, "up"], cwd=relay.folder, env=environment, stderr=log, stdout=log)


def processes_in(folder: Path) -> set[int]:
    """Whatever runs in a folder, whoever is its parent now. What has ended and waits to be buried runs nowhere."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder.resolve():
                found.add(int(process.name))
    return found


# -- what is left ------------------------------------------------------------------------------------------------------


def settle(shop: Shop) -> None:
    """Let the senders' last words become mails, and end.

    What a killed process was sending is due again when its lease of 60 seconds is over. Nothing runs that could hold a
    lease, so they are taken back instead of being waited for.
    """
    eventually(shop.relay.is_live, "it answers again")
    assert shop.relay.stop() == 0
    with closing(sqlite3.connect(shop.relay.folder / "wismo.db")) as connection, connection:
        connection.execute("UPDATE outbox SET lease_until = NULL WHERE state = 'due'")
    shop.relay.start()
    eventually(lambda: shop.waits_to_tell() == [], "everything is told")
    assert shop.relay.stop() == 0
    assert not processes_in(shop.relay.folder)


def kept_pushes(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "wismo.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {key for (key,) in connection.execute("SELECT push_id FROM pushes")}


def timeline(shop: Shop, order: str) -> list[tuple[str, str]]:
    return [(event["occurred_at"], event["status"]) for event in shop.parcel(order)["events"]]


#: Of each recipient and status the Message-IDs of the mails, as the mail server saw them.
News = Mapping[tuple[str, str], Sequence[str]]


def news_in(mails: Iterable[Message]) -> News:
    news: dict[tuple[str, str], list[str]] = {}
    for mail in mails:
        subject = str(make_header(decode_header(mail["Subject"])))
        news.setdefault((mail["To"], subject.partition(":")[0]), []).append(mail["Message-ID"])
    return news


@dataclass(frozen=True, slots=True)
class Toll:
    """The figures of a run."""

    kills: dict[str, int]
    parents_that_gave_up: int
    slowest_end_of_a_worker_s: float
    orders: int
    acknowledged: int
    different_pushes: int
    lost_pushes: int
    mails: int
    mails_twice: int  #: beyond one for each order and status


def toll_of(load: Load, killer: Killer, news: News) -> Toll:
    acknowledged = [load.acknowledged.get() for _ in range(load.acknowledged.qsize())]
    return Toll(
        kills=dict(killer.kills),
        parents_that_gave_up=killer.gave_up,
        slowest_end_of_a_worker_s=round(killer.slowest_end_s, 3),
        orders=len(load.parcels),
        acknowledged=len(acknowledged),
        different_pushes=len(set(acknowledged)),
        lost_pushes=len(set(acknowledged) - kept_pushes(killer.relay.folder)),
        mails=sum(len(ids) for ids in news.values()),
        mails_twice=sum(len(ids) - 1 for ids in news.values()),
    )


@pytest.mark.parametrize("kills", [10, pytest.param(500, marks=pytest.mark.slow)])
def test_kill_9_at_random_moments_loses_nothing_leaves_no_orphan_and_mails_twice_at_most_once_per_kill(
    tmp_path: Path, kills: int, record_testsuite_property: Callable[[str, object], None]
) -> None:
    with open_shop(tmp_path, WISMO_LIVE="yes", WISMO_MAIL_BRAKE="off") as shop:
        load, killer = Load(shop), Killer(shop.relay, Random(kills))
        with load.at_work(seed=kills):
            for _ in range(kills):
                load.grow()
                killer.strike()
        settle(shop)
    news = news_in(mail.message for mail in shop.box.mails)
    toll = toll_of(load, killer, news)
    record_testsuite_property(f"toll of {kills} kills", toll)
    assert toll.lost_pushes == 0, toll
    assert toll.slowest_end_of_a_worker_s < 5, toll
    for parcel in load.parcels:
        assert timeline(shop, parcel.order) == [
            (f"{scan.at:%Y-%m-%dT%H:%M:%S}.000+00:00", scan.status) for scan in LIFE
        ]
        assert (address_of(parcel.order), "Delivered") in news, parcel.order
    assert {told: ids for told, ids in news.items() if len(set(ids)) > 1} == {}, "a repeated mail hides under a new id"
    assert toll.mails_twice <= kills, toll
