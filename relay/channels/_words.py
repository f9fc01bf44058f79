"""Texts of others, fit for a header, a log and a screen."""

import re
import unicodedata

#: Controls, separators of lines and paragraphs, halves of characters: none belongs into one line of text.
UNFIT = frozenset({"Cc", "Zl", "Zp", "Cs"})
#: Longest text of a far side that is kept.
KEPT = 300


def one_line(text: str) -> str:
    """``text`` without anything that could end a line, and so without anything that could add a header."""
    return " ".join("".join(" " if unicodedata.category(sign) in UNFIT else sign for sign in text).split())


def masked_address(address: str) -> str:
    """``a…@example.com``: enough to recognise, too little to write to."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def without_addresses(text: str, recipient: str = "") -> str:
    """What a far side said, in one line, without the recipient, by whole address or by the name before the @."""
    line = one_line(text)
    local = recipient.rpartition("@")[0]
    if recipient:
        line = re.sub(re.escape(recipient), masked_address(recipient), line, flags=re.IGNORECASE)
    line = re.sub(r"[^\s<>()\"',;:]+@[^\s<>()\"',;:]+", lambda found: masked_address(found[0]), line)
    if len(local) > 2:  # noqa: PLR2004 - shorter names are parts of any text
        line = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", f"{local[:1]}…", line, flags=re.IGNORECASE)
    return line[:KEPT]
