"""The keys that each part of a message or view may have; Slack refuses any other."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

CONFIRMED = frozenset({"confirm", "focus_on_load"})
CHOICE = CONFIRMED | {"placeholder"}
TYPING = frozenset({"placeholder", "focus_on_load", "dispatch_action_config", "initial_value"})

#: Beside ``type`` and ``block_id``. A kind that is not listed is not looked into.
BLOCKS: Mapping[str, Collection[str]] = {
    "section": {"text", "fields", "accessory", "expand"},
    "header": {"text"},
    "context": {"elements"},
    "actions": {"elements"},
    "divider": (),
    "image": {"image_url", "slack_file", "alt_text", "title"},
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
    "table": {"rows", "column_settings"},
    "rich_text": {"elements"},
    "markdown": {"text"},
    "alert": {"text", "level"},
    "data_visualization": {"title", "chart"},
}
#: Beside ``type`` and ``action_id``.
ELEMENTS: Mapping[str, Collection[str]] = {
    "button": {"text", "value", "url", "style", "confirm", "accessibility_label"},
    "overflow": {"options", "confirm"},
    "static_select": CHOICE | {"options", "option_groups", "initial_option"},
    "multi_static_select": CHOICE | {"options", "option_groups", "initial_options", "max_selected_items"},
    "external_select": CHOICE | {"initial_option", "min_query_length"},
    "users_select": CHOICE | {"initial_user"},
    "radio_buttons": CONFIRMED | {"options", "initial_option"},
    "checkboxes": CONFIRMED | {"options", "initial_options"},
    "datepicker": CHOICE | {"initial_date"},
    "timepicker": CHOICE | {"initial_time", "timezone"},
    "datetimepicker": CONFIRMED | {"initial_date_time"},
    "plain_text_input": TYPING | {"multiline", "min_length", "max_length"},
    "email_text_input": TYPING,
    "url_text_input": TYPING,
    "number_input": TYPING | {"is_decimal_allowed", "min_value", "max_value"},
}
#: Beside ``type`` and ``text``.
TEXTS: Mapping[str, Collection[str]] = {"plain_text": {"emoji"}, "mrkdwn": {"verbatim"}}
OPTION = frozenset({"text", "value", "description", "url"})
#: Beside ``type``.
VIEWS: Mapping[str, Collection[str]] = {
    "modal": {
        "title",
        "blocks",
        "submit",
        "close",
        "private_metadata",
        "callback_id",
        "external_id",
        "clear_on_close",
        "notify_on_close",
        "submit_disabled",
    },
    "home": {"blocks", "private_metadata", "callback_id", "external_id"},
}


def strange_keys(part: Mapping[str, Any], known: Collection[str] | None, at: str, *more: str) -> Iterator[str]:
    """A fault for each key that is neither in ``known`` nor in ``more``."""
    if known is None:
        return
    for key in part:
        if key not in known and key not in more:
            yield f"[ERROR] invalid additional property: {key} [json-pointer:{at}]"
