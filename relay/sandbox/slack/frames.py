"""WebSocket frames as a server reads and writes them: RFC 6455, without extensions."""

import struct
from base64 import b64encode
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha1
from itertools import cycle
from typing import BinaryIO

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SHORT, MEDIUM, LONG = 125, 126, 127
TWO_BYTES = 65_535
FINAL, MASKED = 0x80, 0x80


class Opcode(IntEnum):
    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


@dataclass(frozen=True, slots=True)
class Frame:
    opcode: Opcode
    data: bytes
    is_final: bool = True


class Hungup(Exception):
    """The other side is gone."""


def accept_key(key: str) -> str:
    return b64encode(sha1((key + MAGIC).encode(), usedforsecurity=False).digest()).decode()


def written(opcode: Opcode, data: bytes) -> bytes:
    """A whole, unmasked frame."""
    if len(data) <= SHORT:
        head = bytes([len(data)])
    elif len(data) <= TWO_BYTES:
        head = struct.pack("!BH", MEDIUM, len(data))
    else:
        head = struct.pack("!BQ", LONG, len(data))
    return bytes([FINAL | opcode]) + head + data


def read_message(stream: BinaryIO) -> Frame:
    """The next message, put together from its fragments, or a control frame. Raises Hungup."""
    first = read_frame(stream)
    data, frame = first.data, first
    while not frame.is_final:
        frame = read_frame(stream)
        data += frame.data
    return Frame(first.opcode, data)


def read_frame(stream: BinaryIO) -> Frame:
    """Raises Hungup."""
    first, second = _exactly(stream, 2)
    length = second & ~MASKED
    if length == MEDIUM:
        (length,) = struct.unpack("!H", _exactly(stream, 2))
    elif length == LONG:
        (length,) = struct.unpack("!Q", _exactly(stream, 8))
    mask = _exactly(stream, 4) if second & MASKED else b"\0"
    data = bytes(byte ^ key for byte, key in zip(_exactly(stream, length), cycle(mask), strict=False))
    return Frame(Opcode(first & 0x0F), data, bool(first & FINAL))


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise Hungup
    return data
