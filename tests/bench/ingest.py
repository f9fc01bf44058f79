"""Durable ingest beside the same app on the same server that verifies and decodes the same body and stores nothing.

Beside it, for whoever wants to know what everything costs: a Flask app that has nothing but the check of the signature
and the JSON decoder.
"""

import hashlib
import hmac
import multiprocessing
import os
import re
import selectors
import signal
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, cast

import orjson
from flask import Flask, Response, request

from relay import clock
from relay.carriers import carrier_named, read_push
from relay.cli.logs import configure_logs
from relay.cli.parts import parts
from relay.cli.process import serve
from relay.cli.wiring import policy_of
from relay.database import Database, SQLite, open_database
from relay.desk import Desk
from relay.desk.care import settle_in
from relay.desk.correct import NewParcel, add
from relay.intake.record import Arrival, Recorded, record_push
from relay.intake.refused import Refused
from relay.model import Push
from relay.settings import Settings, load_settings
from relay.web import create_app
from tests.bench.figures import Figure

SECRET = "a secret of the benchmark"
CONNECTIONS, REQUESTS, ROUNDS, PARCELS = 32, 1600, 3, 200
START = datetime(2026, 3, 2, tzinfo=UTC)


def body(index: int) -> bytes:
    """A tracker with a history of five scans, as EasyPost pushes it; each push brings one scan that is new."""
    details = [
        {
            "status": "in_transit",
            "message": "Arrived at facility",
            "datetime": f"{START + timedelta(minutes=index // PARCELS + step):%Y-%m-%dT%H:%M:%SZ}",
            "tracking_location": {"city": "CAMPINAS", "state": "SP", "country": "BR", "zip": None},
            "carrier_code": "AR",
        }
        for step in range(5)
    ]
    tracker = {
        "object": "Tracker",
        "id": f"trk_{index % PARCELS}",
        "tracking_code": f"N{index % PARCELS:06}",
        "carrier": "UPS",
        "status": "in_transit",
        "tracking_details": details,
    }
    return orjson.dumps({"object": "Event", "description": "tracker.updated", "id": f"evt_{index}", "result": tracker})


def headers_of(payload: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), payload, hashlib.sha256).hexdigest()
    return {"X-Hmac-Signature": f"hmac-sha256-hex={digest}"}


def settings_in(folder: Path) -> Settings:
    given = {
        "WISMO_DATABASE_URL": f"sqlite:{folder / 'wismo.db'}",
        "WISMO_EASYPOST_PUSH_SECRETS": SECRET,
        "WISMO_MAIL_URL": f"file:{folder / 'mail'}",
    }
    return load_settings(given, None, slugs={"easypost": carrier_named("easypost").secret_fault})


# -- over HTTP ---------------------------------------------------------------------------------------------------------


def over_http() -> Iterator[Figure]:
    """Requests a second of the whole relay and of both baselines, alternating, and the relay's slowest percent."""
    loads = {"smallest": load_smallest, "storing nothing": load_storing_nothing, "durable": load_durable}
    rates: dict[str, list[float]] = {name: [] for name in loads}
    slowest: list[float] = []
    for _ in range(ROUNDS):
        for name, load in loads.items():
            rate, latencies = measured(load)
            rates[name].append(rate)
            if name == "durable":
                slowest.append(sorted(latencies)[int(len(latencies) * 0.99)] * 1000)
    medians = {name: statistics.median(found) for name, found in rates.items()}
    nothing = Figure("by the same app, storing nothing", medians["storing nothing"], "requests/s")
    smallest = Figure("by a Flask app that checks and decodes", medians["smallest"], "requests/s")
    yield Figure("pushes kept, over HTTP", medians["durable"], "requests/s", nothing)
    yield Figure("pushes kept, over HTTP", medians["durable"], "requests/s", smallest)
    yield Figure(f"slowest percent of them, {CONNECTIONS} connections", statistics.median(slowest), "ms")


def load_smallest(_folder: Path) -> tuple[Flask, Callable[[], None]]:
    app, carrier = Flask("smallest"), carrier_named("easypost")

    @app.post("/push/<slug>")
    def receive(slug: str) -> Response:
        named = {name.lower(): value for name, value in request.headers.items()}
        push = Push(slug, "POST", request.path, named, request.get_data(cache=False), clock.now())
        carrier.verify(push, SECRET)
        orjson.loads(push.body)
        return Response(status=204)

    return app, lambda: None


class Nowhere:
    """A database that takes pushes and keeps nothing."""

    engine = "none"

    def write_each(self, _work: object, item: Arrival) -> Recorded:
        return Recorded(item.kept.push_id, is_first=True, messages=0)


def load_storing_nothing(folder: Path) -> tuple[Flask, Callable[[], None]]:
    configure_logs()
    settings = settings_in(folder)
    desk = Desk(cast("Database", Nowhere()), settings, policy_of(settings))
    return create_app(desk, Refused(), clock.now), lambda: None


def load_durable(folder: Path) -> tuple[Flask, Callable[[], None]]:
    configure_logs()
    running = parts(settings_in(folder), with_loops=False)
    for index in range(PARCELS):
        add(running.desk, NewParcel(f"{index}", carrier="ups", number=f"N{index:06}"), clock.now())
    return create_app(running.desk, running.refused, clock.now), running.close


def measured(load: Callable[[Path], tuple[Flask, Callable[[], None]]]) -> tuple[float, list[float]]:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        port = free_port()
        log = Path(folder, "log").open("w")  # noqa: SIM115 - the child's
        process = multiprocessing.get_context("fork").Process(
            target=quiet_server, args=(log.fileno(), port, load, folder)
        )
        process.start()
        try:
            wait_for(port)
            return storm(port)
        finally:
            os.kill(process.pid or 0, signal.SIGTERM)
            process.join(15)
            log.close()


def quiet_server(log: int, port: int, load: Callable[[Path], tuple[Flask, Callable[[], None]]], folder: str) -> None:
    os.dup2(log, 2)
    serve("127.0.0.1", port, lambda: load(Path(folder).resolve()))


def storm(port: int) -> tuple[float, list[float]]:
    """All requests over so many connections at once; requests a second, and each one's seconds.

    One thread waits for all answers: the more a client takes of the machine, the more alike all servers look.
    """
    waiting, latencies = iter([request_bytes(body(index)) for index in range(REQUESTS)]), []
    with ExitStack() as stack:
        ready = stack.enter_context(selectors.DefaultSelector())
        connections = [stack.enter_context(Connection(port)) for _ in range(CONNECTIONS)]
        started = time.perf_counter()
        for connection in connections:
            connection.send(next(waiting))
            ready.register(connection.socket, selectors.EVENT_READ, connection)
        while ready.get_map():
            for key, _ in ready.select(30):
                if not key.data.has_answer():
                    continue
                latencies.append(time.perf_counter() - key.data.sent_at)
                request_ = next(waiting, None)
                if request_ is None:
                    ready.unregister(key.fileobj)
                else:
                    key.data.send(request_)
        return len(latencies) / (time.perf_counter() - started), latencies


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.sent_at = 0.0
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, request: bytes) -> None:
        self._read = b""
        self.socket.sendall(request)
        self.sent_at = time.perf_counter()

    def has_answer(self) -> bool:
        """Read what is there; whether the answer is whole."""
        self._read += self.socket.recv(65536)
        head, ended, rest = self._read.partition(b"\r\n\r\n")
        if b" 20" not in head[:14]:
            raise AssertionError(self._read[:300])
        length = re.search(rb"content-length: *([0-9]+)", head, re.IGNORECASE)
        return bool(ended) and len(rest) >= int(length[1] if length else 0)


def request_bytes(payload: bytes) -> bytes:
    lines = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(len(payload))}
    head = "".join(f"{name}: {value}\r\n" for name, value in (lines | headers_of(payload)).items())
    return f"POST /push/easypost HTTP/1.1\r\n{head}\r\n".encode() + payload


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")


# -- group commit ------------------------------------------------------------------------------------------------------


def group_commit() -> Iterator[Figure]:
    """The same pushes from 32 waiting threads, which share commits, and one after the other, each a commit."""
    shared, single = [], []
    for _ in range(ROUNDS):
        shared.append(recorded_per_second(threads=CONNECTIONS))
        single.append(recorded_per_second(threads=1))
    alone = Figure("with a commit for each", statistics.median(single), "pushes/s")
    yield Figure("pushes kept, sharing commits", statistics.median(shared), "pushes/s", alone)


def recorded_per_second(*, threads: int) -> float:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        settings = settings_in(Path(folder).resolve())
        database = open_database(settings.database_url, create=True)
        assert isinstance(database, SQLite)
        database.migrate()
        database.write(lambda tx: settle_in(tx, "a benchmark", START))
        policy, carrier = policy_of(settings), carrier_named("easypost")
        pushes = [Push("easypost", "POST", "/", {}, body(index), START) for index in range(REQUESTS)]
        ready = [(push, read_push(carrier, push.body)) for push in pushes]

        def work(offset: int) -> None:
            for push, reading in ready[offset::threads]:
                record_push(database, policy, push, reading)

        running = [threading.Thread(target=work, args=(offset,)) for offset in range(threads)]
        started = time.perf_counter()
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        elapsed = time.perf_counter() - started
        database.close()
        return REQUESTS / elapsed
