"""Slack's marks become HTML, and nothing that was not meant as a mark does."""

import pytest

from relay.sandbox.slack.mrkdwn import Eyes, mrkdwn, plain, rich_text
from tests.conftest import NOON

EYES = Eyes(NOON, "America/Sao_Paulo", "en-US", {"U1": "Lead", "C1": "support"})
NOON_UNIX = int(NOON.timestamp())


MARKS = {
    "*Stuck* since _Monday_, not ~ok~": "<strong>Stuck</strong> since <em>Monday</em>, not <s>ok</s>",
    "2*3*4 snake_case_word": "2*3*4 snake_case_word",
    "_Correct WISMO_UPS_CLIENT_ID, then wait_": "<em>Correct WISMO_UPS_CLIENT_ID, then wait</em>",
    "* not bold*": "* not bold*",
    "`*as it is*`": "<code>*as it is*</code>",
    "```two\nlines```": "<pre>two\nlines</pre>",
    "&gt; said\n&gt; twice\nthen": "<blockquote>said<br>twice</blockquote>then",
    "one\ntwo": "one<br>two",
    "&lt;!channel&gt; &amp; <@U1>": '&lt;!channel&gt; &amp; <span class="mention">@Lead</span>',
    "<#C1> <!channel>": '<span class="mention">#support</span> <span class="mention">@channel</span>',
    "<https://x.example/?a=1&amp;b=2|a &lt; b>": '<a href="https://x.example/?a=1&amp;b=2" target="_blank" '
    'rel="noopener">a &lt; b</a>',
    "<javascript:alert(1)|here>": "here",
    "<script>alert(1)</script>": "scriptalert(1)/script",
    ":warning: :no_such_thing:": "⚠️ :no_such_thing:",
}


@pytest.mark.parametrize("text", MARKS)
def test_marks_are_drawn_and_nothing_else_is_a_mark(text: str) -> None:
    assert str(mrkdwn(text, EYES)) == MARKS[text]


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        ("{date_short_pretty} {time}", "Today 9:00 AM"),
        ("{date_num}", "2026-03-02"),
        ("{ago}", "0 minutes ago"),
        ("{no_such_token}", "{no_such_token}"),
    ],
)
def test_dates_are_on_the_readers_clock(words: str, drawn: str) -> None:
    shown = str(mrkdwn(f"<!date^{NOON_UNIX}^{words}|then>", EYES)).replace("\u202f", " ")
    assert shown == drawn
    assert str(mrkdwn("<!date^soon^{time}|then>", EYES)) == "then"


def test_days_are_in_the_readers_language() -> None:
    eyes = Eyes(NOON, "UTC", "pt-BR")
    assert str(mrkdwn(f"<!date^{NOON_UNIX - 86400}^{{date_pretty}} {{time}}|x>", eyes)) == "Ontem 12:00"


def test_plain_text_has_no_marks() -> None:
    assert str(plain("*1* <b>\n")) == "*1* &lt;b&gt;<br>"


def test_rich_text_is_not_read_for_marks() -> None:
    section = {
        "type": "rich_text_section",
        "elements": [
            {"type": "text", "text": "*1* <b>", "style": {"bold": True}},
            {"type": "link", "url": "https://x.example", "text": "page"},
            {"type": "user", "user_id": "U1"},
            {"type": "date", "timestamp": NOON_UNIX, "format": "{date_num}", "fallback": "x"},
        ],
    }
    drawn = str(rich_text({"elements": [section, {"type": "rich_text_list", "elements": [section]}]}, EYES))
    assert drawn.startswith('<p><strong>*1* &lt;b&gt;</strong><a href="https://x.example"')
    assert '<span class="mention">@Lead</span>2026-03-02</p><ul><li>' in drawn
