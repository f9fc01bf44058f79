"""Every golden card as Slack's reader sees it, on a desk and on a phone: drawn by a browser, and looked at by a person.

What a picture can be wrong about is asked of the browser. The pictures themselves, a sheet for each language in
`golden/pictures`, are for people; beside each stands what it was drawn from, so that one that nobody drew anew, and so
nobody looked at, fails here, and another font or browser does not.
"""

import base64
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.bot import browser, looked_at
from tests.bot.browser import Page
from tests.bot.drawing import WIDTHS, Drawing, around, drawings, sheet, sheet_width
from tests.bot.looked_at import GOLDEN, IS_WRITTEN, LOCALES

PICTURES: Final = GOLDEN / "pictures"
COMMAND: Final = str(looked_at.__doc__).rpartition("`")[0].rpartition("`")[2]
#: Cards are read at this part of their size.
SCALE, COLOURS, MOST_BYTES = 0.5, 32, 3_000_000
LAWS: Final = ("cut off", "clipped", "overlapping", "faint", "not seen", "not in its menu")

Fault = Sequence[str]  #: the law, the card, the width, what


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    if not browser.path():
        pytest.skip(f"none of {', '.join(browser.NAMES)} is installed here")
    with browser.open_page(tmp_path_factory.mktemp("profile")) as opened:
        opened.resize(sheet_width(), 1000)
        yield opened


@pytest.fixture(scope="module", params=LOCALES)
def locale(request: pytest.FixtureRequest) -> str:
    """Each sheet is drawn once, for all that is asked of it."""
    return str(request.param)


@pytest.fixture(scope="module")
def drawn(locale: str) -> list[Drawing]:
    return drawings(locale)


@pytest.fixture(scope="module")
def shown(page: Page, locale: str, drawn: list[Drawing], tmp_path_factory: pytest.TempPathFactory) -> Page:
    show(page, drawn, locale, tmp_path_factory.mktemp("sheet"))
    return page


def show(page: Page, drawn: Sequence[Drawing], locale: str, folder: Path) -> None:
    file = folder / "sheet.html"
    file.write_text(sheet(drawn, locale))
    page.show(file)


def judged(page: Page, drawn: Sequence[Drawing], laws: Sequence[str]) -> list[Fault]:
    wanted = {one.name: {"texts": one.texts, "menus": one.menus} for one in drawn}
    found: list[Fault] = page.run(f"judge({as_script(wanted)}, {as_script(laws)})")
    return found


def as_script(value: object) -> str:
    return orjson.dumps(value).decode()


# -- what the browser says ---------------------------------------------------------------------------------------------


def test_nothing_is_cut_off_covered_or_missing(shown: Page, drawn: list[Drawing]) -> None:
    assert judged(shown, drawn, LAWS) == []


def test_every_text_stands_out_in_the_dark_too(shown: Page, drawn: list[Drawing]) -> None:
    shown.prefer("dark")
    found = judged(shown, drawn, ["faint"])
    shown.prefer("light")
    assert found == []


def test_each_card_is_drawn_once_at_each_width(shown: Page, drawn: list[Drawing]) -> None:
    names = "frame => [frame.width, cardsIn(frame).map(card => card.dataset.name)]"
    found = shown.run(f"framesOf().map({names})")
    for width in WIDTHS:
        assert [name for at, named in found if at == str(width) for name in named] == [one.name for one in drawn]


# -- the pictures ------------------------------------------------------------------------------------------------------


def origin(drawn: Sequence[Drawing]) -> dict[str, str]:
    """What a sheet is drawn from: each card as HTML, and what is around them."""
    return {one.name: one.digest for one in drawn} | {"(the drawing's own)": digest(around().encode())}


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def draw(shown: Page, locale: str, drawn: Sequence[Drawing]) -> None:
    PICTURES.mkdir(exist_ok=True)
    picture = png(*shown.run(f"inFewColours({as_script(shown.picture(SCALE))}, {COLOURS})"))
    (PICTURES / f"{locale}.png").write_bytes(picture)
    said = {"picture": digest(picture), "drawn_from": origin(drawn)}
    (PICTURES / f"{locale}.json").write_bytes(orjson.dumps(said, option=orjson.OPT_INDENT_2) + b"\n")


def test_the_sheet_shows_what_is_golden_now(request: pytest.FixtureRequest, locale: str, drawn: list[Drawing]) -> None:
    if IS_WRITTEN:  # only then is a browser wanted
        draw(request.getfixturevalue("shown"), locale, drawn)
    said = orjson.loads((PICTURES / f"{locale}.json").read_bytes())
    now, then = origin(drawn), said["drawn_from"]
    stale = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
    assert stale == [], f"{locale}.png shows another {', '.join(stale)}; draw it anew, and look at it: {COMMAND}"
    assert digest((PICTURES / f"{locale}.png").read_bytes()) == said["picture"], f"not the picture drawn by: {COMMAND}"


def test_the_sheets_are_small() -> None:
    assert {path.stem for path in PICTURES.iterdir()} == set(LOCALES)
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < MOST_BYTES


def png(width: int, height: int, palette: Sequence[Sequence[int]], rows: str) -> bytes:
    """https://www.w3.org/TR/png/ with a palette; ``rows`` come in base64, each after its filter's number."""
    packed = zlib.compress(base64.b64decode(rows), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = bytes(part for colour in palette for part in colour)
    chunks = ((b"IHDR", header), (b"PLTE", colours), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


# -- the judge ---------------------------------------------------------------------------------------------------------

GOOD: Final = '<section class="room"><p>One line</p><button class="plain">Press</button></section>'
MENU: Final = (
    '<details class="menu"><summary>⋯</summary><div style="{}"><button class="plain">Why</button></div></details>'
)
WRONG: Final[Mapping[str, str]] = {
    "cut off": '<p style="width: 700px; white-space: nowrap">One line that is too long' + " and longer" * 60 + "</p>",
    "clipped": '<button class="plain" style="width: 30px; white-space: nowrap">Press this one</button>',
    "overlapping": '<p>One line</p><p style="margin-top: -20px">Another line</p>',
    "faint": '<p style="color: #999999">One line</p>',
    "not seen": '<p style="display: none">One line</p>',
    "not in its menu": MENU.format("left: -300px"),
}


def bare(name: str, html: str, *, texts: Sequence[str] = (), menus: Sequence[Sequence[str]] = ()) -> Drawing:
    return Drawing(name, f'<section class="room">{html}</section>', texts, menus)


def test_the_judge_finds_each_fault_at_either_width_and_none_where_all_is_well(page: Page, tmp_path: Path) -> None:
    """It is what the other tests rely on."""
    row = f'<div class="actions">{MENU.format("")}</div>'
    made = [bare("good", GOOD + row, texts=["One line", "Press"], menus=[["Why"]])]
    menus = {"not in its menu": [["Why"]]}
    made += [
        bare(law, html, texts=["One line"] if law == "not seen" else [], menus=menus.get(law, []))
        for law, html in WRONG.items()
    ]
    show(page, made, "en", tmp_path)
    found = {(law, name, width) for law, name, width, _ in judged(page, made, LAWS)}
    assert {one for one in found if one[1] == "good"} == set()
    assert {(law, law, str(width)) for law in WRONG for width in WIDTHS} <= found


def test_a_text_behind_another_a_missing_menu_and_a_faint_hint_are_found(page: Page, tmp_path: Path) -> None:
    above = '<div style="position: absolute; inset: 0; background: red"></div>'
    cover = f'<div style="position: relative"><p>One line</p>{above}</div>'
    hint = '<span class="field" style="--quiet: #999999"><input placeholder="Order"></span>'
    made = [
        bare("covered", cover, texts=["One line"]),
        bare("no menu", "<p>One line</p>", menus=[["Why"]]),
        bare("hint", f'<form class="blocks">{hint}</form>', texts=["Order"]),
    ]
    show(page, made, "en", tmp_path)
    found = {(law, name) for law, name, _, _ in judged(page, made, LAWS)}
    assert found == {("not seen", "covered"), ("not in its menu", "no menu"), ("faint", "hint")}


def test_a_picture_in_few_colours_is_one_that_a_browser_reads(page: Page, tmp_path: Path) -> None:
    show(page, [bare("good", GOOD)], "en", tmp_path)
    picture = png(*page.run(f"inFewColours({as_script(page.picture(SCALE))}, {COLOURS})"))
    read = f"atob({as_script(base64.b64encode(picture).decode())})"
    blob = f"new Blob([Uint8Array.from({read}, (one) => one.charCodeAt(0))])"
    size = page.run(f"createImageBitmap({blob}).then((one) => [one.width, one.height])")
    assert tuple(size) == struct.unpack(">II", picture[16:24])
