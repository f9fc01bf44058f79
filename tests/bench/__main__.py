"""``make bench``: each figure as a ratio against a baseline in the same run, alternating, medians; also as JSON."""

import json
from pathlib import Path

from tests.bench import importing, ingest


def main() -> None:
    figures = [*ingest.over_http(), *ingest.group_commit(), *importing.of_a_table()]
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        print(f"{figure.name.ljust(width)}  {figure.value:10.2f}  {figure.unit}")
    found = {figure.name: {"value": figure.value, "unit": figure.unit} for figure in figures}
    Path("bench-ingest.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


main()
