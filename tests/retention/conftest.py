"""One installation per engine for all tests here, as for those of intake."""

from tests.intake.conftest import database, postgresql_install, sqlite_install

__all__ = ["database", "postgresql_install", "sqlite_install"]
