"""The digest where Slack does not take its chart: the same chart as a picture, else the words alone say it.

Drawing needs the extra ``charts``, uploading the scope ``files:write``; where one of them is missing there is no
picture.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPException
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import httpx
import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.blocks.digest import CHART
from bot.people import said
from bot.values import Block, Message

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A picture that was just uploaded may not be ready to be shown: so long is waited before each try, in seconds.
WAITS_S: Final = (1.0, 2.0, 4.0)
TIMEOUT_S: Final = 8
#: Of Slack's alternative text.
ALT: Final = 1000
#: Told apart by those who see colours otherwise, and in grey: Okabe and Ito's blue and vermilion, and a light grey.
COLOURS: Final = ("#0072b2", "#d55e00", "#b8b8b8")
#: As wide as a phone shows it sharp, in inches and dots per inch.
SIZE: Final = (5.4, 3.6)
DOTS: Final = 200

log = structlog.get_logger()


def instead(client: WebClient, pause: Callable[[float], None], message: Message) -> Iterator[Message]:
    """What is tried in the place of a message whose chart Slack does not take; nothing if it has none."""
    charts = [block for block in message.blocks if block["type"] == CHART]
    if not charts:
        return
    if file_id := _uploaded(client, charts[0], message.text):
        shown = {"type": "image", "slack_file": {"id": file_id}, "alt_text": message.text[:ALT]}
        for wait_s in WAITS_S:
            pause(wait_s)
            yield _with(message, shown)
    yield _with(message, None)


def _with(message: Message, picture: Block | None) -> Message:
    """With this in the place of its first chart, and no other."""
    at = next(number for number, block in enumerate(message.blocks) if block["type"] == CHART)
    kept = [block for block in message.blocks[at:] if block["type"] != CHART]
    return Message(message.text, (*message.blocks[:at], *([picture] if picture else []), *kept))


def _uploaded(client: WebClient, chart: Block, finding: str) -> str:
    """The file's id, "" where there is none: a digest in words is better than none."""
    picture = drawn(chart)
    if picture is None:
        return ""
    about = {"filename": "digest.png", "length": len(picture), "alt_txt": finding[:ALT]}
    try:
        place = client.api_call("files.getUploadURLExternal", params=about)
        file_id = str(place["file_id"])
        httpx.post(_checked(client, place["upload_url"]), content=picture, timeout=TIMEOUT_S).raise_for_status()
        done = {"files": [{"id": file_id, "title": str(chart["title"])}]}
        client.api_call("files.completeUploadExternal", json=done)
    except (SlackClientError, HTTPException, OSError, httpx.HTTPError) as error:
        log.info("no picture of the digest", because=said(error))
        return ""
    return file_id


def _checked(client: WebClient, url: str) -> str:
    """Encrypted where Slack's API is. Raises OSError."""
    if not url.startswith(f"{client.base_url.partition('://')[0]}://"):
        raise OSError("the address for the upload is not encrypted")
    return url


# -- the picture -------------------------------------------------------------------------------------------------------


def drawn(chart: Block) -> bytes | None:
    """A bar chart as a PNG, its series on top of each other; None where nothing can draw it."""
    if find_spec("matplotlib") is None:
        return None
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to load

    figure = Figure(figsize=SIZE, dpi=DOTS, layout="constrained")
    axes = figure.add_subplot()
    shown: Mapping[str, Any] = chart["chart"]
    names, series = shown["axis_config"]["categories"], shown["series"]
    tops = [0.0] * len(names)
    for colour, one in zip(COLOURS, series, strict=False):
        values = [point["value"] for point in one["data"]]
        bars = axes.bar(names, values, bottom=tops, color=colour, label=one["name"], width=0.6)
        _write_in(axes, bars, values, colour, highest=max(_sums(series)))
        tops = [top + value for top, value in zip(tops, values, strict=True)]
    _finish(axes, shown["axis_config"], str(chart["title"]), len(series))
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _sums(series: Sequence[Mapping[str, Any]]) -> list[float]:
    return [sum(values) for values in zip(*([point["value"] for point in one["data"]] for one in series), strict=True)]


def _write_in(axes: "Axes", bars: Any, values: Sequence[float], colour: str, *, highest: float) -> None:  # noqa: ANN401 - a container of patches
    """The number in each bar that is high enough for it."""
    texts = [f"{value:.0f}" if value > highest * 0.07 else "" for value in values]
    axes.bar_label(bars, texts, label_type="center", color="black" if colour == COLOURS[-1] else "white", fontsize=10)


def _finish(axes: "Axes", axis: Mapping[str, Any], title: str, series: int) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - an extra, and slow to load

    axes.set_title(title, fontsize=13, loc="left", fontweight="bold", pad=28)
    axes.set_xlabel(axis["x_label"], fontsize=10)
    axes.set_ylabel(axis["y_label"], fontsize=10)
    axes.tick_params(labelsize=10)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(b=False)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=series,
        frameon=False,
        fontsize=10,
        borderpad=0,
        columnspacing=1.2,
        handlelength=1.2,
    )
