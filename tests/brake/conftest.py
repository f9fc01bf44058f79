"""The installations of the tests of the one way in: emptied before each test, on either engine."""

from tests.intake.conftest import database, postgresql_install, sqlite, sqlite_install

__all__ = ["database", "postgresql_install", "sqlite", "sqlite_install"]
