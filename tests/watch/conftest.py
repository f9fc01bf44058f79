"""The installations of the tests of the one way in, emptied before each test, on either engine; one that listens."""

from collections.abc import Iterator

import pytest

from relay.database import Database
from relay.intake import Policy
from relay.sandbox.serving import served
from tests.intake.conftest import database, postgresql_install, sqlite, sqlite_install
from tests.watch.nest import Nest

__all__ = ["database", "postgresql_install", "sqlite", "sqlite_install"]


@pytest.fixture
def nest(database: Database, policy: Policy) -> Iterator[Nest]:
    made = Nest(database, policy)
    with served(made.app) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


@pytest.fixture
def one(sqlite: Database, policy: Policy) -> Iterator[Nest]:
    """On one engine, for what no engine has a part in."""
    made = Nest(sqlite, policy)
    with served(made.app) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made
