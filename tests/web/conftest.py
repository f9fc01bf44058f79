"""The real app on either engine, with one order in it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from relay.database import Database
from relay.desk import Desk, correct
from relay.desk.correct import NewParcel
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.settings import load_settings
from relay.web import create_app
from tests.conftest import NOON


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop's tracking in a browser."""

    client: FlaskClient
    token: str  #: of order 1001

    def page(self, query: str = "", **headers: str) -> TestResponse:
        return self.client.get(f"/t/{self.token}{query}", headers=headers)


OpenShop = Callable[..., Shop]


@pytest.fixture
def open_shop(database: Database, policy: Policy) -> OpenShop:
    def made(**settings: str) -> Shop:
        given = {f"WISMO_{name.upper()}": text for name, text in settings.items()}
        desk = Desk(database, load_settings(given, env_file=None), policy)
        order, _ = correct.add(desk, NewParcel("1001", "ups", "1Z204W4R0308071865", promised="2026-03-05"), NOON)
        return Shop(create_app(desk, Refused(), lambda: NOON).test_client(), order["page_token"])

    return made
