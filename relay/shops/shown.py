"""What a shop shows of a package, as it is kept."""

from dataclasses import asdict

import orjson

from relay.shops import ShopEvent, Shown


def to_json(shown: Shown) -> str:
    return orjson.dumps(asdict(shown)).decode()


def from_json(text: str | None) -> Shown:
    if not text:
        return Shown()
    kept = orjson.loads(text)
    events = tuple(ShopEvent(**event) for event in kept["events"])
    return Shown(events, kept["is_finished"], kept["delivered_at"])
