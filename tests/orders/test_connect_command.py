"""``wismo vtex connect`` and what ``wismo doctor`` says of VTEX: the real command, a real server behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from relay.cli import main
from relay.database import open_database
from relay.desk import Desk
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.sandbox.serving import served
from relay.sandbox.vtex import PretendVtex, Route, open_vtex
from relay.settings import load_settings
from relay.shops.vtex.hooks import PATH
from relay.web import create_app
from tests.conftest import NOON, settle
from tests.orders.test_guardian import FOREIGN_HOOK


@dataclass(frozen=True, slots=True)
class Operator:
    vtex: PretendVtex
    url: str
    environment: dict[str, str]

    def run(self, *words: str, **more: str) -> Result:
        return CliRunner().invoke(main, words, env=self.environment | more)


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
    with open_vtex(lambda: NOON) as vtex:
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


def test_without_a_shop_it_says_what_to_set(operator: Operator) -> None:
    bare = {name: "" for name in operator.environment if "VTEX" in name}
    done = operator.run("vtex", "connect", **bare)
    assert done.exit_code != 0
    assert "WISMO_VTEX_ACCOUNT" in done.output
