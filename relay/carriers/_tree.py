"""JSON from outside, read leaf by leaf: each is checked, and what is wrong is named by its path."""

import json
from collections.abc import Callable
from typing import Final, TypeVar

import orjson

from relay.errors import BadPayload

T = TypeVar("T")

#: No carrier's number, id or code is longer; a key of any length would burst the store's indexes.
LONGEST_NAME: Final = 200
#: What an absent member is written as; PHP cannot tell an empty object from an empty list.
NOTHING: Final[tuple[object, ...]] = (None, "", [], {})
WORDS: Final = {dict: "object", list: "list", str: "text", bool: "true or false", int: "number", float: "number"}


class Node:
    """An object of a message. To the senders we know, null, "" and an absent member all mean that nothing is said.

    ``faults`` is shared by the whole message: what was wrong with it without making it unreadable.
    """

    __slots__ = ("_key", "_members", "_parent", "faults")

    def __init__(self, members: dict[str, object], parent: "Node | None" = None, key: str = "") -> None:
        self._members = members
        self._parent = parent
        self._key = key
        self.faults: list[str] = parent.faults if parent else []

    def text(self, key: str) -> str:
        value = self._members.get(key)
        if value is None:
            return ""
        if type(value) is not str:
            raise self.fault(key, f"expected text, got {_word(value)}")
        return value.replace("\0", "") if "\0" in value else value  # PostgreSQL keeps no NUL

    def name(self, key: str) -> str:
        """A number, id or code: text without space around it, short enough to be a key."""
        value = self.text(key)
        if len(value) > LONGEST_NAME:
            raise self.fault(key, f"longer than {LONGEST_NAME} characters")
        return value.strip()

    def required(self, key: str) -> str:
        value = self.name(key)
        if not value:
            raise self.fault(key, "missing")
        return value

    def code(self, key: str) -> str:
        """A name that some of a sender's interfaces write as a number."""
        value = self._members.get(key)
        return str(value) if type(value) is int else self.name(key)

    def integer(self, key: str) -> int | None:
        value = self._members.get(key)
        if value is None or type(value) is int:  # not isinstance: true is no number
            return value
        raise self.fault(key, f"expected number, got {_word(value)}")

    def flag(self, key: str) -> bool:
        value = self._members.get(key)
        if value is None or type(value) is bool:
            return bool(value)
        raise self.fault(key, f"expected true or false, got {_word(value)}")

    def child(self, key: str) -> "Node":
        """The object under ``key``; an empty one where there is none."""
        value = self._members.get(key)
        return self._enter(key, {} if value in NOTHING else value)

    def each(self, key: str, read: Callable[["Node"], T]) -> list[T]:
        """What ``read`` makes of every object in a list.

        One that it cannot read spoils only itself: it is left out and named in ``faults``, the message is kept whole,
        and a replay reads it again.
        """
        done: list[T] = []
        for index, member in enumerate(self._list(key)):
            try:
                done.append(read(self._enter(f"{key}[{index}]", member)))
            except BadPayload as fault:
                self.faults.append(fault.what)
        return done

    def texts(self, key: str) -> list[str]:
        """The texts in a list; what else is in it is left out."""
        return [member for member in self._list(key) if type(member) is str]

    def members(self, read: Callable[[str, "Node"], T]) -> list[T]:
        """The same as :meth:`each` for an object whose keys are names."""
        done: list[T] = []
        for index, (key, member) in enumerate(self._members.items()):
            try:
                name = Node({f"[{index}]": key}, self).name(f"[{index}]")
                done.append(read(name, self._enter(f"[{index}]", member)))
            except BadPayload as fault:
                self.faults.append(fault.what)
        return done

    def is_object(self, key: str) -> bool:
        return type(self._members.get(key)) is dict

    def is_list(self, key: str) -> bool:
        return type(self._members.get(key)) is list

    def knows(self, key: str) -> bool:
        """Whether there is such a member, even one that says nothing."""
        return key in self._members

    def has(self, key: str) -> bool:
        return self._members.get(key) not in NOTHING

    def note(self, key: str, what: str) -> None:
        """Remember a fault that the message survives."""
        self.faults.append(self.fault(key, what).what)

    def fault(self, key: str, what: str) -> BadPayload:
        """What is wrong and where. It never quotes a value: the reason of a reading is logged."""
        return BadPayload(f"{self._path(key)}: {what}")

    def _path(self, key: str) -> str:
        return self._parent._path(f"{self._key}.{key}") if self._parent else key  # noqa: SLF001 - its own kind

    def _enter(self, key: str, value: object) -> "Node":
        if type(value) is not dict:
            raise self.fault(key, f"expected object, got {_word(value)}")
        return Node(value, self, key)

    def _list(self, key: str) -> list[object]:
        value = self._members.get(key)
        if type(value) is list:
            return value
        if value in NOTHING:
            return []
        raise self.fault(key, f"expected list, got {_word(value)}")


def read_object(body: bytes) -> Node:
    """The message in a body. Raises BadPayload."""
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _mended(body)
    if type(value) is not dict:
        raise BadPayload(f"body: expected object, got {_word(value)}")
    return Node(value)


def _mended(body: bytes) -> object:
    """A body that is JSON but for one broken character or NaN: that leaf is spoiled, and not what stands around it."""
    try:
        loose = json.loads(body.decode("utf-8-sig", "replace"), parse_constant=lambda _: None)
        return orjson.loads(json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        raise BadPayload("body: nested too deeply") from None
    except ValueError:
        raise BadPayload("body: not JSON") from None


def _word(value: object) -> str:
    return WORDS.get(type(value), "null")
