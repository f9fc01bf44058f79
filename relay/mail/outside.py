"""What comes from outside: texts, addresses and colours of others, made fit for a customer's eyes."""

import re

#: Below it, sRGB is linear (WCAG 2.2, relative luminance).
SRGB_KNEE = 0.04045


def one_line(text: str, limit: int) -> str:
    """Outside text for one line: no control characters, no invisible direction marks, not too long."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def safe_url(url: str) -> str:
    """The address where it is one that a click or a picture may go to, else nothing."""
    return url if re.fullmatch(r"https?://[^\s\"'<>\\]+", url) and url.isprintable() else ""


def safe_color(color: str) -> str:
    return color if re.fullmatch(r"#[0-9a-fA-F]{6}", color) else "#1f5eff"


def readable_on(color: str) -> str:
    """Black or white, whichever has more contrast on ``color`` (WCAG 2.2, relative luminance)."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= SRGB_KNEE else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else "#000000"
