"""The first sweep of a shop's orders on the pretend VTEX, each in a process of its own: time, work, memory, calls.

VTEX's quota bounds the time from below: a call each 25 ms. What the machine does of it is the work.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from relay import clock
from relay.cli.wiring import policy_of, ready_database
from relay.desk import Desk
from relay.orders import Orders
from relay.sandbox.vtex import Invoice, Key, Purchase, Route
from relay.sandbox.vtex import open_vtex as open_far
from relay.settings import Settings
from relay.shops.vtex import open_vtex
from relay.shops.vtex.pace import PER_SECOND
from relay.store import ledger, reads
from relay.store.reads import SWEPT
from tests.bench.figures import Figure, count
from tests.bench.importing import peak_mib

ORDERS, DAYS = 10_000, 59


def of_a_shop(orders: int = ORDERS) -> Iterator[Figure]:
    far = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sweep", "serve", str(orders)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert far.stdout
    url = far.stdout.readline().decode().strip()
    done = subprocess.run([sys.executable, "-m", "tests.bench.sweep", "sweep", url], stdout=subprocess.PIPE, check=True)
    out, _ = far.communicate(b"\n")
    swept, asked = json.loads(done.stdout.splitlines()[-1]), json.loads(out.splitlines()[-1])
    calls = asked["orders"] + asked["lists"]
    assert swept["known"] == orders, swept
    least = Figure("at the quota that we keep to", calls / PER_SECOND, "s")
    yield Figure(f"first sweep of {count(orders)} orders", swept["seconds"], "s", least)
    yield Figure("the processor's work for an order", 1000 * swept["work_s"] / orders, "ms")
    yield Figure("peak memory of the sweep", swept["peak_mib"], "MiB")
    yield Figure("calls for an order", calls / orders, "calls")
    yield Figure("calls in the busiest minute (VTEX allows 6 000)", asked["busiest"], "calls")


def serve(orders: int) -> None:
    """The pretend VTEX with orders of two months, until a line is written to it."""
    age = timedelta(days=DAYS)
    with open_far(lambda: clock.now() - age) as far:
        for number in range(orders):
            age = timedelta(days=DAYS * (1 - number / orders))
            order_id = far.store.place(Purchase(email=f"customer-{number}@example.com"))
            far.store.invoice(order_id, Invoice(f"{number}", courier="Correios", tracking_number=f"AA{number:09}BR"))
        age = timedelta(0)
        print(far.url, flush=True)
        sys.stdin.readline()
        asked = {"orders": len(far.calls.of(Route.ORDER)), "lists": len(far.calls.of(Route.LIST))}
        print(json.dumps(asked | {"busiest": far.calls.busiest_minute()}))


def sweep(url: str) -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        key = Key()
        settings = Settings(
            database_url=f"sqlite:{Path(folder) / 'wismo.db'}",
            vtex_account="mystore",
            vtex_url=url,
            vtex_app_key=SecretStr(key.app_key),
            vtex_app_token=SecretStr(key.app_token),
        )
        database = ready_database(settings)
        orders = Orders(Desk(database, settings, policy_of(settings)), open_vtex(settings), "bench")
        started, worked = time.perf_counter(), time.process_time()
        is_swept = False
        while not is_swept:
            time.sleep(orders.round())
            with database.read() as tx:
                is_swept = SWEPT in ledger.install(tx) and not reads.backlog(tx, "default", clock.now())["orders"]
        seconds, work_s = time.perf_counter() - started, time.process_time() - worked
        with database.read() as tx:
            known = tx.rows("SELECT COUNT(*) AS n FROM shipments")[0]["n"]
        orders.close()
        database.close()
    print(json.dumps({"seconds": seconds, "work_s": work_s, "peak_mib": peak_mib(), "known": known}))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        sweep(sys.argv[2])
