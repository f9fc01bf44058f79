"""The files of the nightly copies: which of a folder are ours, and when they were made."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

STAMP: Final = "%Y%m%d-%H%M%S"


def mark(install: Mapping[str, str]) -> str:
    """What tells this installation's backups from others in the same folder."""
    return install.get("install_id", "")[:8] or "unnamed"


def newest(folder: Path, marked: str, now: datetime) -> datetime | None:
    """When the newest of our backups was made that is still there."""
    return max((at for at in ours(folder, marked).values() if at <= now), default=None)


def ours(folder: Path, marked: str) -> dict[Path, datetime]:
    """The backups in a folder that this installation made, and when. Nothing else in it is ever touched."""
    found: dict[Path, datetime] = {}
    for file in folder.glob("wismo-*.db"):
        named = re.fullmatch(rf"wismo-{re.escape(marked)}-(\d{{8}}-\d{{6}})\.db", file.name)
        if named and file.is_file():
            found[file] = datetime.strptime(named[1], STAMP).replace(tzinfo=UTC)
    return found
