"""What the environment and the ``.env`` file say, as text, and where each word stands."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream

#: Read when nothing else is named, if it is there.
DOTENV = Path(".env")
PREFIX = "WISMO_"


@dataclass(frozen=True, slots=True)
class Given:
    text: str
    source: str  #: ``environment``, or the file's name


def given_settings(environ: Mapping[str, str], env_file: Path | None) -> tuple[dict[str, Given], list[str]]:
    """Every ``WISMO_…``, the environment before the file, and what is wrong with the file."""
    in_file, faults = _in_file(env_file) if env_file else ({}, [])
    in_environment = {name: Given(text.strip(), "environment") for name, text in environ.items() if _is_ours(name)}
    return in_file | in_environment, faults


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX)


def _in_file(path: Path) -> tuple[dict[str, Given], list[str]]:
    if path == DOTENV and not path.exists():
        return {}, []
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return {}, [f"{path}: cannot be read ({os.strerror(error.errno or 0)}). Name another with --env-file"]
    except UnicodeDecodeError:
        return {}, [f"{path}: is not UTF-8. Save it as UTF-8"]
    return _read(path, text)


def _read(path: Path, text: str) -> tuple[dict[str, Given], list[str]]:
    """The library's own reading would pass over a broken line and put variables into passwords that contain ``${``."""
    lines = list(parse_stream(StringIO(text)))
    faults = [
        f"{path}, line {_number(line)}: is not NAME=value. Quote values that contain quotes"
        for line in lines
        if _is_broken(line)
    ]
    named = {line.key: Given(line.value.strip(), path.name) for line in lines if line.key and line.value is not None}
    return {name: given for name, given in named.items() if _is_ours(name)}, faults


def _is_broken(line: Binding) -> bool:
    return line.error or bool(line.key and line.value is None)


def _number(line: Binding) -> int:
    """Of the line's first letter: blank lines before it count as its own to the parser."""
    blank = line.original.string[: len(line.original.string) - len(line.original.string.lstrip())]
    return line.original.line + blank.count("\n")
