"""Durable ingest beside the same Flask app on the same server that verifies and decodes and stores nothing."""

import hashlib
import hmac
import multiprocessing
import os
import signal
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from flask import Flask, Response, request

from relay import clock
from relay.carriers import carrier_named, read_push
from relay.cli.logs import configure_logs
from relay.cli.process import serve
from relay.cli.wiring import parts, policy_of
from relay.database import SQLite, open_database
from relay.desk.care import settle_in
from relay.desk.correct import NewParcel, add
from relay.intake.record import record_push
from relay.model import Push
from relay.settings import Settings, load_settings
from relay.web import create_app

SECRET = "a secret of the benchmark"
CONNECTIONS, REQUESTS, ROUNDS, PARCELS = 32, 1600, 3, 200
START = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str


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
    return load_settings(given, None, slugs=["easypost"])


# -- over HTTP ---------------------------------------------------------------------------------------------------------


def over_http() -> Iterator[Figure]:
    """Requests a second of the whole relay and of the bare app, alternating, and the relay's slowest percent."""
    rates: dict[str, list[float]] = {"bare": [], "durable": []}
    slowest: list[float] = []
    for _ in range(ROUNDS):
        for name, load in (("bare", load_bare), ("durable", load_durable)):
            rate, latencies = measured(load)
            rates[name].append(rate)
            if name == "durable":
                slowest.append(sorted(latencies)[int(len(latencies) * 0.99)] * 1000)
    bare, durable = (statistics.median(rates[name]) for name in ("bare", "durable"))
    yield Figure("bare app (verify, decode, 204)", bare, "requests/s")
    yield Figure("durable ingest", durable, "requests/s")
    yield Figure("durable / bare", durable / bare, "ratio")
    yield Figure("durable ingest, p99 under 32 connections", statistics.median(slowest), "ms")


def load_bare(_folder: Path) -> tuple[Flask, Callable[[], None]]:
    app, carrier = Flask("bare"), carrier_named("easypost")

    @app.post("/push/<slug>")
    def receive(slug: str) -> Response:
        named = {name.lower(): value for name, value in request.headers.items()}
        push = Push(slug, "POST", request.path, named, request.get_data(cache=False), clock.now())
        carrier.verify(push, SECRET)
        orjson.loads(push.body)
        return Response(status=204)

    return app, lambda: None


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
    """All requests over so many connections at once; requests a second, and each one's seconds."""
    prepared = [request_bytes(body(index)) for index in range(REQUESTS)]
    shares = [prepared[start::CONNECTIONS] for start in range(CONNECTIONS)]
    latencies: list[float] = []
    threads = [threading.Thread(target=send_all, args=(port, share, latencies)) for share in shares]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return len(latencies) / (time.perf_counter() - started), latencies


def request_bytes(payload: bytes) -> bytes:
    lines = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(len(payload))}
    head = "".join(f"{name}: {value}\r\n" for name, value in (lines | headers_of(payload)).items())
    return f"POST /push/easypost HTTP/1.1\r\n{head}\r\n".encode() + payload


def send_all(port: int, share: Sequence[bytes], latencies: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for one in share:
            started = time.perf_counter()
            connection.sendall(one)
            read_answer(connection)
            latencies.append(time.perf_counter() - started)


def read_answer(connection: socket.socket) -> None:
    answer = connection.recv(65536)
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b" 20" not in head[:14]:
        raise AssertionError(answer[:300])
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-l")), 0
    )
    while len(rest) < length:
        rest += connection.recv(65536)


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
    yield Figure("one transaction per push", statistics.median(single), "pushes/s")
    yield Figure("group commit", statistics.median(shared), "pushes/s")
    yield Figure("group commit / one transaction", statistics.median(shared) / statistics.median(single), "ratio")


def recorded_per_second(*, threads: int) -> float:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        settings = settings_in(Path(folder).resolve())
        database = open_database(settings.database_url, create=True)
        assert isinstance(database, SQLite)
        database.migrate()
        database.write(lambda tx: settle_in(tx, settings, START))
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
