"""What Slack refuses in texts, options, buttons and inputs, and why; pure."""

from collections.abc import Collection, Iterator, Mapping, Sized
from typing import Any

from relay.sandbox.slack import keys
from relay.sandbox.slack.reading import options_of

Element = Mapping[str, Any]

ID_LIMIT = 255
#: The older of two documented numbers, 75 and 150.
OPTION_VALUE_LIMIT = 75
TEXTS = frozenset({"plain_text", "mrkdwn"})
PLAIN = frozenset({"plain_text"})
SELECTS = frozenset({"static_select", "multi_static_select"})
#: How many options an element has at most.
OPTIONS_LIMIT = {
    "static_select": 100,
    "multi_static_select": 100,
    "overflow": 5,
    "radio_buttons": 10,
    "checkboxes": 10,
}
OTHERS = frozenset(
    {
        "plain_text_input",
        "number_input",
        "email_text_input",
        "url_text_input",
        "rich_text_input",
        "file_input",
        "datepicker",
        "timepicker",
        "datetimepicker",
        "users_select",
        "conversations_select",
        "channels_select",
        "external_select",
        "multi_users_select",
        "multi_conversations_select",
        "multi_channels_select",
        "multi_external_select",
        "image",
        "workflow_button",
    }
)


def fault(what: str, at: str) -> str:
    return f"[ERROR] {what} [json-pointer:{at}]"


def length_fault(text: object, most: int, at: str, *, at_least: int = 1) -> Iterator[str]:
    if not isinstance(text, str):
        yield fault("must be a string", at)
    elif len(text) < at_least:
        yield fault(f"must be more than {at_least - 1} characters", at)
    elif len(text) > most:
        yield fault(f"must be less than {most + 1} characters, has {len(text)}", at)


def count_fault(items: Sized, most: int, at: str, *, at_least: int = 1) -> Iterator[str]:
    if not at_least <= len(items) <= most:
        yield fault(f"must have {at_least} to {most} items, has {len(items)}", at)


def text_faults(text: object, most: int, at: str, kinds: Collection[str] = TEXTS) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield fault(f"must be a text of type {' or '.join(sorted(kinds))}", at)
        return
    yield from keys.strange_keys(text, keys.TEXTS[text["type"]], at, "type", "text")
    yield from length_fault(text.get("text"), most, f"{at}/text")


def choice_faults(part: Element, name: str, allowed: Collection[str], at: str) -> Iterator[str]:
    if name in part and part[name] not in allowed:
        yield fault(f"must be one of {', '.join(sorted(allowed))}", f"{at}/{name}")


def element_faults(element: Element, at: str) -> Iterator[str]:
    kind = str(element.get("type"))
    yield from keys.strange_keys(element, keys.ELEMENTS.get(kind), at, "type", "action_id")
    yield from length_fault(element.get("action_id", ""), ID_LIMIT, f"{at}/action_id", at_least=0)
    if "placeholder" in element:
        yield from text_faults(element["placeholder"], 150, f"{at}/placeholder", PLAIN)
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{at}/confirm")
    if kind == "button":
        yield from _button(element, at)
    elif kind in OPTIONS_LIMIT:
        yield from _options(element, at)
    elif kind not in OTHERS:
        yield fault(f"unsupported element: {kind}", f"{at}/type")
    if kind == "plain_text_input":
        yield from _plain_input(element, at)


def _button(button: Element, at: str) -> Iterator[str]:
    yield from text_faults(button.get("text"), 75, f"{at}/text", PLAIN)
    for name, most in (("value", 2000), ("url", 3000), ("accessibility_label", 75)):
        if name in button:
            yield from length_fault(button[name], most, f"{at}/{name}")
    yield from choice_faults(button, "style", ("primary", "danger"), at)


def _options(element: Element, at: str) -> Iterator[str]:
    groups = element.get("option_groups")
    if groups is not None:
        yield from count_fault(groups, 100, f"{at}/option_groups")
        for index, group in enumerate(groups):
            yield from text_faults(group.get("label"), 75, f"{at}/option_groups/{index}/label", PLAIN)
    options = options_of(element)
    yield from count_fault(options, OPTIONS_LIMIT[str(element["type"])], f"{at}/options")
    kinds = PLAIN if element["type"] in {"static_select", "multi_static_select", "overflow"} else TEXTS
    for index, option in enumerate(options):
        yield from _option(option, f"{at}/options/{index}", kinds)
    for name in ("initial_option", "initial_options"):
        given = element.get(name, [])
        for option in given if isinstance(given, list) else [given]:
            if option not in options:
                yield fault("must be one of the options, to the letter", f"{at}/{name}")


def _option(option: Element, at: str, kinds: Collection[str]) -> Iterator[str]:
    yield from keys.strange_keys(option, keys.OPTION, at)
    yield from text_faults(option.get("text"), 75, f"{at}/text", kinds)
    yield from length_fault(option.get("value"), OPTION_VALUE_LIMIT, f"{at}/value")
    if "description" in option:
        yield from text_faults(option["description"], 75, f"{at}/description", kinds)


def _plain_input(element: Element, at: str) -> Iterator[str]:
    for name, least in (("min_length", 0), ("max_length", 1)):
        if name in element and not least <= element[name] <= 3000:  # noqa: PLR2004 - Slack's own number
            yield fault(f"must be {least} to 3000", f"{at}/{name}")


def _confirm(confirm: Element, at: str) -> Iterator[str]:
    yield from text_faults(confirm.get("title"), 100, f"{at}/title", PLAIN)
    yield from text_faults(confirm.get("text"), 300, f"{at}/text")
    for name in ("confirm", "deny"):
        if name in confirm:
            yield from text_faults(confirm[name], 30, f"{at}/{name}", PLAIN)
