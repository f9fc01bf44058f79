"""Killed between a shop's taking of a writing and our receipt: the shop is right, and nothing stands in it twice."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from relay.channels.shop import ShopChannel
from relay.cli.wiring import policy_of, ready_database
from relay.database import Database
from relay.desk import Desk
from relay.intake.record import record_push
from relay.intake.shop import record_shop_order
from relay.model import Action, Push, Reading, Report
from relay.outbox import Outbox
from relay.sandbox.vtex import FOREVER, EventsMode, Invoice, PretendVtex, Route, open_vtex
from relay.settings import Settings
from relay.shops.vtex import open_vtex as open_client
from relay.shops.vtex.dialect import VtexDialect
from relay.store import drifts, ledger, outbox
from relay.store.reads import SWEPT
from tests.conftest import fact
from tests.e2e.conftest import WISMO, eventually

NOW = datetime.now(UTC).replace(microsecond=0)
ZONE = ZoneInfo("America/Sao_Paulo")
STATUSES = ("in_transit", "out_for_delivery", "delivered")
LINES = ["Package in_transit", "Package out_for_delivery", "Package delivered"]


def number(index: int) -> str:
    return f"1Z999AA1000000{index:04}"


def settings_of(folder: Path, vtex: PretendVtex) -> Settings:
    return Settings(
        database_url=f"sqlite:{folder / 'wismo.db'}",
        backup_dir=None,
        live=True,
        customer_mail="none",
        vtex_account="mystore",
        vtex_url=vtex.url,
        vtex_app_key=SecretStr(vtex.key.app_key),
        vtex_app_token=SecretStr(vtex.key.app_token),
    )


def environment_of(settings: Settings) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "WISMO_DATABASE_URL": settings.database_url,
        "WISMO_BACKUP_DIR": "off",
        "WISMO_LIVE": "yes",
        "WISMO_CUSTOMER_MAIL": "none",
        "WISMO_VTEX_ACCOUNT": settings.vtex_account,
        "WISMO_VTEX_URL": settings.vtex_url,
        "WISMO_VTEX_APP_KEY": settings.vtex_app_key.get_secret_value(),
        "WISMO_VTEX_APP_TOKEN": settings.vtex_app_token.get_secret_value(),
    }


def fill(database: Database, settings: Settings, vtex: PretendVtex, parcels: int) -> list[str]:
    """Orders of the shop whose parcels have a life behind them that the shop was not told of; their ids."""
    policy = policy_of(settings)
    database.write(lambda tx: ledger.set_install(tx, SWEPT, NOW.isoformat(timespec="milliseconds")))
    client, ids = open_client(settings, lambda: NOW), []
    for index in range(parcels):
        order_id = vtex.store.place()
        vtex.store.invoice(order_id, Invoice(str(index), courier="UPS", tracking_number=number(index)))
        database.write(partial(record_shop_order, policy=policy, order=client.order(order_id), now=NOW, shop="default"))
        ids.append(order_id)
        for hours, status in enumerate(STATUSES, 1):
            told = fact(status)._replace(
                occurred_at=NOW + timedelta(hours=hours - 4), moment_text=f"{hours}", description=f"Package {status}"
            )
            push = Push("ups", "POST", "/", {}, f"{index} {status}".encode(), NOW)
            record_push(database, policy, push, Reading(Action.APPLY, (Report("ups", number(index), (told,)),)))
    client.close()
    return ids


@contextmanager
def working(folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "work.log").open("ab") as log:
        process = subprocess.Popen([*WISMO, "work"], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.slow)])
def test_a_kill_between_writing_and_receipt_leaves_the_shop_right(tmp_path: Path, kills: int) -> None:
    seeded = random.Random(kills)
    with open_vtex(lambda: NOW - timedelta(days=2)) as vtex:  # when all was invoiced
        vtex.quirks.events_mode = EventsMode.APPEND  # in which a second writing would be seen
        settings = settings_of(tmp_path, vtex)
        database = ready_database(settings)
        ids = fill(database, settings, vtex, 2 * kills + 2)
        vtex.faults.be_slow(0.1, FOREVER, route=Route.ORDER)  # the reading back takes so long
        for _ in range(kills):
            written = len(vtex.calls.of(Route.TRACKING))
            with working(tmp_path, environment_of(settings)) as process:
                eventually(lambda: len(vtex.calls.of(Route.TRACKING)) > written, "the shop is written to")  # noqa: B023
                time.sleep(seeded.random() / 8)
                process.send_signal(signal.SIGKILL)
        vtex.faults.clear()
        settle(database, settings)
        for index, order_id in enumerate(ids):
            shown = vtex.store.package(order_id, str(index))["courierStatus"]
            assert [event["description"] for event in shown["data"]] == LINES, order_id
            assert shown["finished"]
        assert vtex.store.repeats == 0
        assert len(vtex.calls.of(Route.TRACKING)) == len(ids), "each was written once"
        with database.read() as tx:
            assert {row["state"] for row in outbox.listed(tx, None, 999)} == {"sent"}
            assert drifts.drifts(tx) == []
        database.close()


def settle(database: Database, settings: Settings) -> None:
    """What a killed process held is free again after its lease: look from two minutes ahead."""

    def later() -> datetime:
        return datetime.now(UTC) + timedelta(minutes=2)

    desk = Desk(database, settings, policy_of(settings))
    api = open_client(settings, later)
    Outbox(desk.database, settings, {"shop": ShopChannel(api, VtexDialect(ZONE), "status", later)}, later).send_due()
    api.close()
