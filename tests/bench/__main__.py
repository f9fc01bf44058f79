"""``make bench``, or some of its parts: ``python -m tests.bench asking growth``.

Each figure stands beside a baseline of the same run where there is one; what is compared alternates, and medians are
told. Nothing here fails because a machine is slow. Each part's figures are left as JSON as well.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.bench import asking, growth, importing, ingest, reporting, silence, stops, sweep, ticking, tracking, watching
from tests.bench.figures import Figure, table

PARTS: dict[str, Callable[[], Iterable[Figure]]] = {
    "ingest": ingest.over_http,
    "commits": ingest.group_commit,
    "importing": importing.of_a_table,
    "asking": asking.of_one_ask,
    "ticking": ticking.of_open_parcels,
    "growth": growth.of_facts,
    "sweep": sweep.of_a_shop,
    "silence": silence.of_mute_carriers,
    "stops": stops.of_all,
    "reporting": reporting.of_a_week,
    "tracking": tracking.of_commands,
    "watching": watching.of_open_parcels,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure; without a part, everything.")
    parser.add_argument("part", nargs="*", help=", ".join(PARTS))
    chosen = parser.parse_args().part or list(PARTS)
    if unknown := set(chosen) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    print("\n".join(table([figure for part in chosen for figure in measured(part)])))


def measured(part: str) -> list[Figure]:
    print(f"{part} … ", end="", flush=True)
    started = time.perf_counter()
    figures = list(PARTS[part]())
    print(f"{time.perf_counter() - started:.0f} s")
    found = [figure.as_json() for figure in figures]
    Path(f"bench-{part}.json").write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return figures


main()
