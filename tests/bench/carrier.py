"""A carrier that answers at once, in a process of its own, so that what it costs is not counted: DHL's format.

Each asking about a number brings one scan that is new. The process writes its port, and ends when its input does.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

START = datetime(2026, 3, 2, tzinfo=UTC)
#: Between two scans, and so at least between two askings of which each shall bring one.
STEP = timedelta(hours=7)
#: Scans of the first answer.
KNOWN = 6
ROOT = Path(__file__).parents[2]
NUMBER = re.compile(rb"[?&]trackingNumber=([A-Z0-9]+)")
#: Where the number stands in a body that serves for all of them.
PLACE = "A-NUMBER"


@contextmanager
def far_carrier() -> Iterator[str]:
    """Its address."""
    command = [sys.executable, "-m", "tests.bench.carrier"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


@cache
def body(scans: int) -> bytes:
    """2 to 5 kB, by how many scans there are."""
    events = [_event(index) for index in reversed(range(scans))]
    shipment = {
        "id": PLACE,
        "service": "express",
        "origin": {"address": {"countryCode": "BR", "addressLocality": "Curitiba"}},
        "destination": {"address": {"countryCode": "BR", "addressLocality": "Olinda"}},
        "status": events[0],
        "estimatedTimeOfDelivery": "2026-03-20",
        "details": {
            "product": {"productName": "EXPRESS DOMESTIC"},
            "proofOfDeliverySignedAvailable": False,
            "totalNumberOfPieces": 1,
            "pieceIds": [PLACE],
        },
        "events": events,
    }
    return json.dumps({"url": "/shipments?offset=0&limit=5", "shipments": [shipment]}).encode()


def _event(index: int) -> dict[str, object]:
    return {
        "timestamp": (START + index * STEP).isoformat(),
        "location": {"address": {"countryCode": "BR", "addressLocality": f"Centro de Distribuição {index}"}},
        "statusCode": "transit",
        "status": "PROCESSED AT FACILITY",
        "description": "The parcel has arrived at a facility and goes on with the next transport",
        "remark": "The next step is its departure from this facility",
    }


class Handler(asyncio.Protocol):
    """Requests without a body over a connection that stays open."""

    def __init__(self, asked: Counter[bytes]) -> None:
        self._asked = asked
        self._read = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport
        *requests, self._read = (self._read + data).split(b"\r\n\r\n")
        for request in requests:
            self._transport.write(self._answer(request))

    def _answer(self, request: bytes) -> bytes:
        found = NUMBER.search(request)
        number = found[1] if found else b""
        said = body(KNOWN + self._asked[number]).replace(PLACE.encode(), number)
        self._asked[number] += 1
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        return head.encode() + said


async def serve() -> None:
    asked: Counter[bytes] = Counter()
    server = await asyncio.get_running_loop().create_server(lambda: Handler(asked), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve())
