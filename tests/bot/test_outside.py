"""Whatever carriers and people write, it never pings, links, formats, hides or turns the line."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import outside

#: Bits of what Slack's markup is made of, between letters of every kind.
SIGNS = [*"<>&|*_~`!@#:/\\\n\r\t\0 ", "amp;", "lt;", "gt;"]
NAMES = ["channel", "here", "everyone", "U0AGENT01", "https://evil.example", "mailto:a@b.example", "tel:+55", "tada"]
HIDING = [*"\u202e\u2066\u200b\ufeff\u00ad\u0300\u0489\u3164\u05d0\ud800\U000e0041"]
BITS = st.sampled_from([*SIGNS, *NAMES, *HIDING])
TEXTS = st.lists(st.one_of(BITS, st.text(max_size=3)), max_size=40).map("".join)
LIMITS = st.integers(1, 300)
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
ISOLATES = "\u2068\u2069"
#: As Slack reads a mrkdwn: a token in angle brackets, an emoji, a link that it finds by itself, everybody's names.
ACTIVE = re.compile(r"<[^>]*>|:[\w+'-]+:|\w+://|mailto:|tel:|@(?:here|channel|everyone)", re.IGNORECASE)


def hidden_in(text: str) -> set[str]:
    return {character for character in text if unicodedata.category(character) in HIDDEN} - set(ISOLATES)


@given(TEXTS, LIMITS)
def test_nothing_in_outside_text_acts(text: str, limit: int) -> None:
    for shown in (outside.plain(text, limit), outside.mrkdwn(text, limit)):
        assert not ACTIVE.search(shown.replace("&amp;", "&"))
        assert not set(shown) & set("<>\n\r\t")


@given(TEXTS, LIMITS)
def test_in_mrkdwn_no_sign_of_markup_is_left_but_inside_a_word(text: str, limit: int) -> None:
    shown = outside.mrkdwn(text, limit)
    assert not set(shown) & set("*~`")
    assert not re.search(r"(?<![^\W_])_|_(?![^\W_])", shown.rstrip("…"))


@given(TEXTS, LIMITS)
def test_every_entity_is_whole_and_what_was_written_as_one_stays_text(text: str, limit: int) -> None:
    assert re.sub("&amp;", "", outside.mrkdwn(text, limit)).count("&") == 0


@given(TEXTS, LIMITS)
def test_nothing_is_hidden_and_nothing_turns_the_line(text: str, limit: int) -> None:
    for shown in (outside.plain(text, limit), outside.mrkdwn(text, limit)):
        assert hidden_in(shown) == set()
        assert shown.count(ISOLATES[0]) == shown.count(ISOLATES[1]) <= 1


@given(TEXTS, LIMITS)
def test_it_is_as_long_as_allowed_after_escaping(text: str, limit: int) -> None:
    """The two marks around a text that is written from the right come on top."""
    for shown in (outside.plain(text, limit), outside.mrkdwn(text, limit)):
        assert len(shown.strip(ISOLATES)) <= limit


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel> *now*", "\u2039!channel\u203a \u2217now\u2217"),
        ("<https://evil.example|track>", "\u2039https\u2236//evil.example|track\u203a"),
        ("A & B", "A &amp; B"),
        ("&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;"),
        ("WISMO_UPS_API_KEY _now_", "WISMO_UPS_API_KEY \uff3fnow\uff3f"),
        (":rotating_light: at 12:05", "\u2236rotating_light: at 12:05"),
        ("a\u202eb\u200bc", "abc"),
        ("one\n two", "one two"),
        ("São Paulo – Cajamar, SP", "São Paulo – Cajamar, SP"),
        ("Z" + "\u0301" * 9, "Ź\u0301\u0301"),
    ],
)
def test_what_it_looks_like(text: str, shown: str) -> None:
    assert outside.mrkdwn(text) == shown


def test_a_long_text_ends_with_an_ellipsis() -> None:
    assert outside.plain("x" * 5000, 10) == "x" * 9 + "…"
    assert outside.mrkdwn("&" * 5000, 12) == "&amp;&amp;…"


def test_a_text_from_the_right_keeps_to_itself() -> None:
    assert outside.plain("\u05e9\u05dc\u05d5\u05dd 7") == "\u2068\u05e9\u05dc\u05d5\u05dd 7\u2069"


@pytest.mark.parametrize("name", ["U0AGENT01", "W012345"])
def test_a_person_of_slack_is_mentioned(name: str) -> None:
    assert outside.user(name).text == f"<@{name}>"


@pytest.mark.parametrize("name", ["ana", "!channel", "U01> <!here", "U0\n1", ""])
def test_whoever_is_none_is_named_as_text(name: str) -> None:
    assert "<" not in outside.user(name).text


def test_a_link_is_ours_whatever_its_label_says() -> None:
    assert outside.link("https://t.example/a?b=1&c=2", "x|y>*z*").text == (
        "<https://t.example/a?b=1&amp;c=2|x/y\u203a\u2217z\u2217>"
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a b", "https://a>b", "https://a|b", ""])
def test_what_is_no_address_is_no_link(url: str) -> None:
    assert outside.link(url, "label").text == "label"
