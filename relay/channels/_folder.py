"""Mail to a folder: one ``.eml`` per message, for a trial and for tests."""

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

from relay.channels._letter import Letter
from relay.errors import SendFailed


@dataclass(frozen=True, slots=True)
class FolderOut:
    folder: Path

    def take(self, letter: Letter) -> str:
        path = self.folder / f"{letter.name}.eml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, letter.content)
        except OSError as error:
            raise SendFailed(f"{self.folder} cannot be written: {error.strerror}", channel_down=True) from error
        return str(path)

    def close(self) -> None:
        """Nothing stays open."""


def write_whole(path: Path, content: bytes) -> None:
    """The file appears under its name complete and on disk, or not at all."""
    handle, temporary = mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_names(path.parent)


def _sync_names(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
