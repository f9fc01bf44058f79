"""``wismo vtex connect`` and what ``wismo doctor`` says of VTEX: the real command, a real server behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from relay import clock
from relay.cli import main
from relay.database import Tx, open_database
from relay.desk import Desk
from relay.errors import SendFailed, ShopFault
from relay.intake import Policy, parcels
from relay.intake.parcels import Parcel
from relay.intake.refused import Refused
from relay.model import Receipt
from relay.outbox import Outbox
from relay.sandbox.serving import served
from relay.sandbox.vtex import Invoice, PretendVtex, Purchase, Route, open_vtex
from relay.settings import load_settings
from relay.shops import ShopView
from relay.shops.vtex.hooks import PATH
from relay.store import ledger, orders, writes
from relay.web import create_app
from tests.conftest import NOON, settle
from tests.intake.steps import POLICY
from tests.orders.test_guardian import FOREIGN_HOOK


@dataclass(frozen=True, slots=True)
class Operator:
    vtex: PretendVtex
    url: str
    environment: dict[str, str]

    def run(self, *words: str, **more: str) -> Result:
        return CliRunner().invoke(main, words, env=self.environment | more)


@dataclass(frozen=True, slots=True)
class Refusing:
    """A way to a shop that refuses us."""

    why: ShopFault
    name: str = "shop"

    def send(self, _view: ShopView) -> Receipt:
        raise SendFailed(self.why.what, remedy=self.why.remedy, channel_down=True, drift="no_rights")

    def preview(self, _view: ShopView) -> str:
        return ""


def a_writing_is_due(tx: Tx) -> None:
    parcel = Parcel("ups", "1Z999", "24382")
    parcels.record_order(tx, POLICY, "v1-01", {}, parcel, NOON, shop="default")
    (shipment,) = orders.shipments_of(tx, "default", "v1-01")
    writes.rearm(tx, "m1", shipment, "in_transit", due_at=NOON, now=NOON)


@pytest.fixture
def operator(tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    monkeypatch.chdir(tmp_path)
    environment = {
        "WISMO_DATABASE_URL": f"sqlite:{tmp_path / 'wismo.db'}",
        "WISMO_VTEX_ACCOUNT": "mystore",
        "WISMO_VTEX_HOOK_SECRET": "a-long-secret-of-the-tests",
        "WISMO_CUSTOMER_MAIL": "wismo",
        "WISMO_BACKUP_DIR": "off",
    }
    database = open_database(environment["WISMO_DATABASE_URL"], create=True)
    database.migrate()
    database.write(settle)
    with open_vtex(clock.now) as vtex:
        environment |= {
            "WISMO_VTEX_URL": vtex.url,
            "WISMO_VTEX_APP_KEY": vtex.key.app_key,
            "WISMO_VTEX_APP_TOKEN": vtex.key.app_token,
        }
        desk = Desk(database, load_settings(environment, env_file=None), policy)
        with served(create_app(desk, Refused(), lambda: NOON)) as port:
            environment["WISMO_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
            yield Operator(vtex, environment["WISMO_PUBLIC_URL"], environment)
    database.close()


def test_connecting_makes_both_and_doctor_finds_them_well(operator: Operator) -> None:
    before = operator.run("doctor")
    assert "FAIL vtex hook: none" in before.output
    assert "FAIL vtex feed: none" in before.output
    done = operator.run("vtex", "connect")
    assert done.exit_code == 0, done.output
    config = operator.vtex.hook.config()
    assert config
    assert config["hook"]["url"] == operator.url + PATH
    after = operator.run("doctor").output
    assert "ok   vtex hook: ours" in after
    assert "ok   vtex feed: ours" in after
    assert "ok   vtex orders" in after


def test_only_what_was_asked_for_is_connected(operator: Operator) -> None:
    assert operator.run("vtex", "connect", "--feed").exit_code == 0
    assert operator.vtex.hook.config() is None
    assert operator.vtex.feed.config() is not None


def test_doctor_connects_what_is_missing_when_it_is_told_to(operator: Operator) -> None:
    found = operator.run("doctor", "--fix").output
    assert "ok   vtex hook: ours" in found
    assert "ok   vtex feed: ours" in found


def test_another_hook_is_named_and_left_alone(operator: Operator) -> None:
    operator.vtex.hook.install(FOREIGN_HOOK)
    done = operator.run("vtex", "connect", "--hook")
    assert done.exit_code == 1
    assert "erp.example" in done.output
    assert operator.vtex.hook.config() == FOREIGN_HOOK
    assert "FAIL vtex hook: it calls erp.example, not us" in operator.run("doctor", "--fix").output
    assert operator.vtex.hook.config() == FOREIGN_HOOK


def test_an_address_that_cannot_be_reached_is_refused_with_vtexs_words(operator: Operator) -> None:
    done = operator.run("vtex", "connect", "--hook", "--url", "http://127.0.0.1:9/shop/vtex/hook")
    assert done.exit_code == 1
    assert "Unable to check address" in done.output


def test_a_missing_role_and_a_wrong_key_are_named(operator: Operator) -> None:
    operator.vtex.faults.missing_roles.add(Route.HOOK)
    done = operator.run("vtex", "connect", "--hook")
    assert (done.exit_code, "Feed v3 and Hook Admin" in done.output) == (1, True)
    operator.vtex.faults.rejects_key = True
    assert "WISMO_VTEX_APP_KEY" in operator.run("doctor").output


def test_doctor_says_whether_customers_would_be_mailed_twice_never_or_once(operator: Operator) -> None:
    store = operator.vtex.store
    for number, address in enumerate((None, "https://carrier.example/1")):
        order_id = store.place(Purchase(affiliate="" if address else "MGZ"))
        store.invoice(order_id, Invoice(str(number), tracking_number=f"AA{number}BR", tracking_url=address))

    def said(**more: str) -> str:
        lines = operator.run("doctor", **more).output.splitlines()
        at = next(index for index, line in enumerate(lines) if "vtex mails:" in line)
        return "\n".join(lines[at : at + 2])

    twice = said()
    assert twice.startswith("FAIL vtex mails: twice, by Wismo")
    assert "1 of the last 2 packages" in twice
    assert "1 of the last 2 orders were sold by others" in twice
    assert "Message Center" in twice
    assert said(WISMO_CUSTOMER_MAIL="shop").startswith("ok   vtex mails: once, by VTEX")
    assert said(WISMO_CUSTOMER_MAIL="shop", WISMO_VTEX_WRITE="off").startswith("FAIL vtex mails: never")
    assert said(WISMO_CUSTOMER_MAIL="").startswith("FAIL vtex mails: never: nobody said who mails")


def test_doctor_repeats_why_the_shop_takes_no_writing(operator: Operator) -> None:
    assert "ok   vtex writing: kept in shadow" in operator.run("doctor", WISMO_LIVE="no").output
    assert "ok   vtex writing: on" in operator.run("doctor", WISMO_LIVE="yes").output
    why = ShopFault("forbidden", "VTEX would not take the tracking (HTTP 403)", remedy="Give it 'Notify invoice (OMS)'")
    database = open_database(operator.environment["WISMO_DATABASE_URL"])
    outbox = Outbox(database, load_settings(operator.environment, env_file=None), {"shop": Refusing(why)}, lambda: NOON)
    database.write(lambda tx: ledger.set_install(tx, "live", "yes"))
    database.write(a_writing_is_due)
    outbox.send_due()
    database.close()
    found = operator.run("doctor").output
    assert "FAIL vtex writing: The shop channel is down: VTEX would not take the tracking" in found
    assert "-> Give it 'Notify invoice (OMS)'" in found


def test_a_missing_right_to_read_an_order_is_named(operator: Operator) -> None:
    operator.vtex.faults.missing_roles.add(Route.ORDER)
    found = operator.run("doctor").output
    assert "FAIL vtex orders: VTEX would not show the order" in found
    assert "View order (OMS)" in found


def test_without_a_shop_it_says_what_to_set(operator: Operator) -> None:
    bare = {name: "" for name in operator.environment if "VTEX" in name}
    done = operator.run("vtex", "connect", **bare)
    assert done.exit_code != 0
    assert "WISMO_VTEX_ACCOUNT" in done.output
