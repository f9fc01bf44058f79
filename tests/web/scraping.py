"""An installation as Prometheus sees it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import parser
from prometheus_client.metrics_core import Metric
from werkzeug.test import TestResponse

from relay.carriers import all_carriers
from relay.cli.wiring import policy_of
from relay.database import Database, Tx
from relay.desk import Desk, care, correct, loops
from relay.desk.correct import NewParcel
from relay.intake.refused import Refused
from relay.model import Outcome
from relay.settings import load_settings
from relay.store import ledger
from relay.store.asks import KeptAnswer
from relay.web import create_app
from tests.conftest import NOON
from tests.web.calls import Json

#: A value by the name of its sample and its labels.
Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
THIS_MACHINE, STRANGER = {"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "203.0.113.9"}
NOTHING: Mapping[str, str] = {}


@dataclass
class Monitored:
    """One installation with a shop and an account at DHL, and a clock that a test moves."""

    database: Database
    folder: Path
    now: datetime = NOON
    more: Mapping[str, str] = field(default_factory=dict)
    desk: Desk = field(init=False)
    app: Flask = field(init=False)
    client: FlaskClient = field(init=False)
    refused: Refused = field(default_factory=Refused)

    def __post_init__(self) -> None:
        given = {
            "WISMO_DHL_UNIFIED_API_KEY": "a key of the tests",
            "WISMO_VTEX_ACCOUNT": "mystore",
            "WISMO_VTEX_APP_KEY": "an app key",
            "WISMO_VTEX_APP_TOKEN": "an app token",
            "WISMO_CUSTOMER_MAIL": "wismo",
            "WISMO_BACKUP_DIR": str(self.folder),
            **self.more,
        }
        slugs = {slug: adapter.secret_fault for slug, adapter in all_carriers().items()}
        settings = load_settings(given, env_file=None, slugs=slugs)
        self.desk = Desk(self.database, settings, policy_of(settings))
        self.restart()
        self.beat(*loops.loops_of(self.desk))

    def restart(self) -> None:
        """Another process on the same database."""
        self.app = create_app(self.desk, self.refused, lambda: self.now)
        self.client = self.app.test_client()

    # -- what happens to it --------------------------------------------------------------------------------------------

    def beat(self, *names: str) -> None:
        for name in names:
            self.write(partial(ledger.beat, name=name, now=self.now))

    def write(self, work: Callable[[Tx], object]) -> None:
        self.database.write(work)

    def key(self, scope: str) -> str:
        return care.create_key(self.desk, scope, "a key of the tests", self.now).key

    def know(self, carrier: str, number: str) -> str:
        """The id of a parcel of a new order."""
        _, shipment = correct.add(self.desk, NewParcel(f"order {number}", carrier, number, email=EMAIL), self.now)
        assert shipment is not None
        return str(shipment["shipment_id"])

    def tell(self, carrier: str, number: str, *events: Json) -> TestResponse:
        """A script says what happened to a parcel."""
        headers = {"Authorization": f"Bearer {self.key('write')}"}
        address = f"/api/v1/shipments/{carrier}/{number}/events"
        return self.client.post(address, headers=headers, json={"events": events})

    # -- what Prometheus reads -----------------------------------------------------------------------------------------

    def ask(
        self, query: str = "", remote: Mapping[str, str] = THIS_MACHINE, headers: Mapping[str, str] = NOTHING
    ) -> TestResponse:
        """Everything of the answer and after it."""
        answer = self.client.get(f"/metrics{query}", headers=headers, environ_overrides=dict(remote))
        answer.get_data()
        answer.close()
        return answer

    def scrape(self, *, later_s: float = 60) -> Samples:
        """All samples, as they are a moment later."""
        self.now += timedelta(seconds=later_s)
        answer = self.ask()
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return samples_of(parser.text_string_to_metric_families(answer.get_data(as_text=True)))


EMAIL = "ana.souza@example.com"


def samples_of(families: Iterable[Metric]) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float | None:
    """None where there is no such sample."""
    return samples.get((f"wismo_{name}", frozenset(labels.items())))


def labelled(samples: Samples, name: str) -> dict[str, float]:
    """The values of a metric by the values of its labels, in the order of the labels' names."""
    return {
        "/".join(text for _, text in sorted(labels)): number
        for (found, labels), number in samples.items()
        if found == f"wismo_{name}"
    }


def answered(name: str, outcome: Outcome, *, news: int = 0, missed: int = 0, unknown: int = 0) -> KeptAnswer:
    """An answer of DHL's at noon."""
    made = KeptAnswer(name, "dhl-unified", NOON, 200, b"{}", outcome.value, "", "apply", "[]", 0)
    return made._replace(news=news, missed=missed, unknown=unknown)
