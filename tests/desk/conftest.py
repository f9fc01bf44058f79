"""One installation per engine for the tests of corrections, emptied before each."""

from collections.abc import Iterator

import pytest

from relay.database import Database
from tests.intake.conftest import emptied, installed


@pytest.fixture(scope="session")
def corrected_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from installed(f"sqlite:{tmp_path_factory.mktemp('corrections') / 'wismo.db'}")


@pytest.fixture(scope="session")
def corrected_postgresql(postgres_url: str) -> Iterator[Database]:
    yield from installed(postgres_url)


@pytest.fixture
def sqlite(corrected_sqlite: Database) -> Database:
    return emptied(corrected_sqlite)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Database:
    """Either engine, where what is tested is the engine's own as well."""
    return emptied(request.getfixturevalue(f"corrected_{request.param}"))
