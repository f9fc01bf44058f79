"""VTEX's JSON, read leniently: what is wrong is noted by its path, and everything around it is kept."""

from codecs import BOM_UTF8
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from relay.carriers._moments import moment
from relay.carriers._tree import LONGEST_NAME, Node, read_object
from relay.errors import BadPayload, ShopFault
from relay.model import to_text

T = TypeVar("T")


def root(body: bytes, what: str) -> Node:
    """The object in a body. Raises ShopFault."""
    try:
        return read_object(body)
    except BadPayload as fault:
        raise ShopFault("unreadable", f"{what} of VTEX cannot be read: {fault.what}") from None


def root_list(body: bytes, what: str) -> Node:
    """A body that is a list, as an object whose member ``list`` it is. Raises ShopFault."""
    listed = root(b'{"list":' + body.strip().removeprefix(BOM_UTF8) + b"}", what)
    if not listed.is_list("list"):
        raise ShopFault("unreadable", f"{what} of VTEX cannot be read: it is no list")
    return listed


def text(node: Node, key: str) -> str | None:
    return kept(node, lambda: node.text(key), "").strip() or None


def name(node: Node, key: str) -> str | None:
    """A number, id or code, which some of VTEX's clients write as a JSON number."""
    return kept(node, lambda: node.code(key), "") or None


def exact(node: Node, key: str) -> str:
    """The same byte for byte: space around it is part of it, and names something else."""
    return kept(node, lambda: _exact(node, key), "")


def _exact(node: Node, key: str) -> str:
    try:
        written = node.text(key)
    except BadPayload:
        written = node.code(key)
    if len(written) > LONGEST_NAME:
        raise node.fault(key, f"longer than {LONGEST_NAME} characters")
    return written


def flag(node: Node, key: str) -> bool:
    return kept(node, lambda: node.flag(key), otherwise=False)


def child(node: Node, key: str) -> Node:
    return kept(node, lambda: node.child(key), Node({}, node, key))


def each(node: Node, key: str, read: Callable[[Node], T]) -> list[T]:
    return kept(node, lambda: node.each(key, read), [])


def moment_of(node: Node, key: str) -> datetime | None:
    written = text(node, key)
    if written is None:
        return None
    at = moment(written).at
    if at is None and not written.startswith("0001-"):  # as .NET writes that there is none
        node.note(key, "not a moment")
    return at


def utc(node: Node, key: str) -> str | None:
    at = moment_of(node, key)
    return to_text(at) if at else None


def kept(node: Node, read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except BadPayload as fault:
        node.faults.append(fault.what)
        return otherwise
