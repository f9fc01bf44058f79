"""Charts in messages: what Slack refuses in one, and how the demo's page draws it; pure.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from markupsafe import Markup, escape

from relay.sandbox.slack.elements import choice_faults, count_fault, fault, length_fault

Block = Mapping[str, Any]

CHART: Final = "data_visualization"
TITLE, LABEL = 50, 20
POINTS, SERIES, CHARTS = 20, 6, 2
COLOURS: Final = ("#1264a3", "#e8912d", "#9a9a9a", "#2eb67d", "#e01e5a", "#4a154b")
#: Of the drawing, in its own units.
WIDTH, HEIGHT, BOTTOM = 420, 180, 20


def chart_faults(block: Block, at: str) -> Iterator[str]:
    chart = block.get("chart", {})
    yield from length_fault(block.get("title"), TITLE, f"{at}/title")
    yield from choice_faults(chart, "type", {"bar", "line", "area", "pie"}, f"{at}/chart")
    if chart.get("type") == "pie":
        yield from _pie(chart, f"{at}/chart")
        return
    names = chart["axis_config"]["categories"]
    yield from count_fault(names, POINTS, f"{at}/chart/axis_config/categories")
    for axis in ("x_label", "y_label"):
        yield from length_fault(chart["axis_config"].get(axis, ""), TITLE, f"{at}/chart/axis_config/{axis}", at_least=0)
    yield from count_fault(chart["series"], SERIES, f"{at}/chart/series")
    if len({one["name"] for one in chart["series"]}) < len(chart["series"]):
        yield fault("names of series must be unique", f"{at}/chart/series")
    for number, one in enumerate(chart["series"]):
        yield from _series(one, names, f"{at}/chart/series/{number}")


def _pie(chart: Block, at: str) -> Iterator[str]:
    yield from count_fault(chart["segments"], SERIES, f"{at}/segments")
    for number, one in enumerate(chart["segments"]):
        yield from length_fault(one.get("label"), LABEL, f"{at}/segments/{number}/label")
        if not one["value"] > 0:
            yield fault("must be greater than 0", f"{at}/segments/{number}/value")


def _series(one: Block, names: list[str], at: str) -> Iterator[str]:
    yield from length_fault(one.get("name"), LABEL, f"{at}/name")
    yield from (found for name in names for found in length_fault(name, LABEL, f"{at}/data"))
    if [point["label"] for point in one["data"]] != names:
        yield fault("labels must be the categories of the axis", f"{at}/data")
    if not all(isinstance(point["value"], int | float) for point in one["data"]):
        yield fault("values must be numbers", f"{at}/data")


def drawn_chart(block: Block) -> Markup:
    """Bars beside each other, as Slack groups them, whatever the kind of chart."""
    chart = block["chart"]
    series = chart.get("series") or [{"name": block["title"], "data": chart["segments"]}]
    labels = [point["label"] for point in series[0]["data"]]
    highest = max((point["value"] for one in series for point in one["data"]), default=0) or 1
    group = WIDTH / max(len(labels), 1)
    bars = Markup("").join(
        _bar(one["name"], number, place, point["value"], group / (len(series) + 1), highest, group)
        for number, one in enumerate(series)
        for place, point in enumerate(one["data"])
    )
    words = Markup("").join(
        Markup('<text x="{}" y="{}" text-anchor="middle" font-size="11" fill="currentColor">{}</text>').format(
            round((place + 0.5) * group), HEIGHT + BOTTOM - 5, label
        )
        for place, label in enumerate(labels)
    )
    legend = Markup(" ").join(
        Markup('<span><svg width="10" height="10"><rect width="10" height="10" fill="{}"/></svg> {}</span>').format(
            COLOURS[number % len(COLOURS)], one["name"]
        )
        for number, one in enumerate(series)
    )
    return Markup(
        '<figure class="chart"><figcaption>{}</figcaption><svg viewBox="0 0 {} {}" width="100%" role="img" '
        'aria-label="{}">{}{}</svg><div class="quiet">{}</div></figure>'
    ).format(escape(block["title"]), WIDTH, HEIGHT + BOTTOM, block["title"], bars, words, legend)


def _bar(name: str, number: int, place: int, value: float, width: float, highest: float, group: float) -> Markup:
    high = value / highest * (HEIGHT - 14)
    left = place * group + (number + 0.5) * width
    return Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"><title>{}: {:g}</title></rect>'
        '<text x="{:.1f}" y="{:.1f}" text-anchor="middle" font-size="10" fill="currentColor">{:g}</text>'
    ).format(
        left,
        HEIGHT - high,
        width * 0.9,
        high,
        COLOURS[number % len(COLOURS)],
        name,
        value,
        left + width * 0.45,
        HEIGHT - high - 3,
        value,
    )
