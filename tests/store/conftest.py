"""The same installations as for the one way in."""

from tests.intake.conftest import database, postgresql_install, sqlite, sqlite_install

__all__ = ["database", "postgresql_install", "sqlite", "sqlite_install"]
