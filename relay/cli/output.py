"""What a command prints: JSON for programs, aligned lines for people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import click
import orjson


def as_json(value: object) -> None:
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def line(text: str, *, err: bool = False) -> None:
    """A line in which outside text is shown and not obeyed."""
    click.echo("\n".join(_plain(part) for part in text.split("\n")), err=err)


def table(rows: Iterable[Sequence[object]], *, head: Sequence[str] = ()) -> None:
    """Columns as wide as their widest cell; control characters of outside text are shown, not obeyed."""
    cells = [[_plain(cell) for cell in row] for row in (*([head] if head else []), *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))] if cells else []
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def fields(values: Mapping[str, object], indent: str = "  ") -> None:
    width = max((len(name) for name in values), default=0)
    for name, value in values.items():
        click.echo(f"{indent}{name.ljust(width)}  {_plain(value)}")


def local(moment: object, timezone: str) -> str:
    """A stored moment on the shop's clock."""
    if not isinstance(moment, str):
        return "never"
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def complaint(text: str) -> None:
    """A line on the error stream about outside text."""
    click.echo(_plain(text), err=True)


def _plain(cell: object) -> str:
    text = "-" if cell is None else str(cell)
    return "".join(character if character.isprintable() else " " for character in text)
