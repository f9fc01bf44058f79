"""The real app on either engine, with one order in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from relay.carriers import all_carriers
from relay.database import Database
from relay.desk import Desk, correct
from relay.desk.correct import NewParcel
from relay.intake import Policy
from relay.intake.refused import Refused
from relay.settings import load_settings
from relay.web import create_app
from tests.conftest import NOON
from tests.intake.conftest import emptied, installed
from tests.web.calls import Api

ORDER = {"order_id": "1001", "carrier": "ups", "tracking_number": "1Z204W4R0308071865", "email": "ana@example.com"}
SECRET_FAULTS = {slug: adapter.secret_fault for slug, adapter in all_carriers().items()}


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


OpenApi = Callable[..., Api]
#: For what no engine has a part in.
ON_SQLITE = pytest.mark.parametrize("api_database", ["sqlite"], indirect=True)


@pytest.fixture(scope="session")
def api_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from installed(f"sqlite:{tmp_path_factory.mktemp('api') / 'wismo.db'}")


@pytest.fixture(scope="session")
def api_on_postgresql(postgres_url: str) -> Iterator[Database]:
    yield from installed(postgres_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def api_database(request: pytest.FixtureRequest) -> Database:
    """One installation per engine, emptied before each test."""
    return emptied(request.getfixturevalue(f"api_on_{request.param}"))


@pytest.fixture
def open_api(api_database: Database, policy: Policy) -> OpenApi:
    def made(**settings: str) -> Api:
        given = {f"WISMO_{name.upper()}": text for name, text in settings.items()}
        return Api(Desk(api_database, load_settings(given, env_file=None, slugs=SECRET_FAULTS), policy))

    return made


@pytest.fixture
def api(open_api: OpenApi) -> Api:
    return open_api()


@pytest.fixture
def parcel(api: Api) -> str:
    """The id of a parcel of order 1001, whose customer has an address."""
    made = api.call("POST", "/shipments", json=ORDER)
    shipment_id: str = made.get_json()["shipment_id"]
    return shipment_id
