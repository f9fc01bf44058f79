"""The calls that show views: modals in a stack of three, and each person's Home."""

from datetime import timedelta

from relay.sandbox.slack.arguments import Arguments
from relay.sandbox.slack.chat import with_ids
from relay.sandbox.slack.limits import view_faults, view_is_too_large
from relay.sandbox.slack.workspace import APP_ID, BOT_ID, HOME_TEAM, Json, Refused, View, Workspace

TRIGGER_LASTS = timedelta(seconds=3)
STACK_LIMIT = 3


def open_modal(workspace: Workspace, given: Arguments) -> Json:
    shown = checked(workspace, given.given.get("view"), "modal")
    user_id = _pull(workspace, given)
    workspace.modals[user_id] = []
    return {"view": view_json(push_view(workspace, user_id, shown))}


def push(workspace: Workspace, given: Arguments) -> Json:
    shown = checked(workspace, given.given.get("view"), "modal")
    return {"view": view_json(push_view(workspace, _pull(workspace, given), shown))}


def update(workspace: Workspace, given: Arguments) -> Json:
    shown = checked(workspace, given.given.get("view"), "modal")
    view = _open_view(workspace, given.text("view_id"), given.text("external_id"))
    _check_hash(view, given)
    return {"view": view_json(replace_view(workspace, view, shown))}


def publish(workspace: Workspace, given: Arguments) -> Json:
    user_id = given.needed("user_id")
    if user_id not in workspace.people:
        raise Refused("invalid_arguments", ["[ERROR] user_id is unknown"])
    shown = checked(workspace, given.given.get("view"), "home")
    home = workspace.homes.get(user_id)
    if home is None:
        home = workspace.homes[user_id] = _new_view(workspace, user_id, shown)
        return {"view": view_json(home)}
    _check_hash(home, given)
    return {"view": view_json(replace_view(workspace, home, shown))}


def checked(workspace: Workspace, view: object, kind: str) -> Json:
    """Raises Refused."""
    faults = view_faults(view)
    if faults or not isinstance(view, dict):
        raise Refused("invalid_arguments", faults)
    if view["type"] != kind:
        raise Refused("invalid_arguments", [f"[ERROR] must be a {kind} [json-pointer:/view/type]"])
    if view_is_too_large(view):
        raise Refused("view_too_large")
    return view | {"blocks": with_ids(workspace, view["blocks"])}


def push_view(workspace: Workspace, user_id: str, shown: Json) -> View:
    """On top of what this person has open. Raises Refused."""
    stack = workspace.modals.setdefault(user_id, [])
    if len(stack) >= STACK_LIMIT:
        raise Refused("push_limit_reached")
    view = _new_view(workspace, user_id, shown)
    view.root_id = stack[0].view_id if stack else view.view_id
    view.previous_id = stack[-1].view_id if stack else ""
    stack.append(view)
    return view


def replace_view(workspace: Workspace, view: View, shown: Json) -> View:
    """What was typed stays in inputs that keep their block and action."""
    view.shown, view.hash, view.errors = shown, _new_hash(workspace), {}
    kept = {(block["block_id"], block["element"]["action_id"]) for block in shown["blocks"] if block["type"] == "input"}
    view.typed = {place: value for place, value in view.typed.items() if place in kept}
    return view


def close_view(workspace: Workspace, view: View) -> None:
    stack = workspace.modals[view.user_id]
    if view in stack:
        stack.remove(view)
    view.is_open = False


def _new_view(workspace: Workspace, user_id: str, shown: Json) -> View:
    return View(f"V{workspace.number():09d}", user_id, shown, _new_hash(workspace))


def _new_hash(workspace: Workspace) -> str:
    return f"{int(workspace.now().timestamp())}.{workspace.number():08x}"


def _pull(workspace: Workspace, given: Arguments) -> str:
    """The person whose trigger this is; a trigger works once, for three seconds."""
    trigger = workspace.triggers.get(given.needed("trigger_id"))
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.is_used:
        raise Refused("exchanged_trigger_id")
    if workspace.now() - trigger.made_at > TRIGGER_LASTS:
        raise Refused("expired_trigger_id")
    trigger.is_used = True
    return trigger.user_id


def _open_view(workspace: Workspace, view_id: str, external_id: str) -> View:
    for stack in workspace.modals.values():
        for view in stack:
            if view.view_id == view_id or (external_id and view.shown.get("external_id") == external_id):
                return view
    raise Refused("not_found")


def _check_hash(view: View, given: Arguments) -> None:
    if given.text("hash") and given.text("hash") != view.hash:
        raise Refused("hash_conflict")


def view_json(view: View) -> Json:
    shown = {"private_metadata": "", "callback_id": "", "external_id": "", "close": None, "submit": None} | view.shown
    return shown | {
        "id": view.view_id,
        "team_id": HOME_TEAM,
        "app_id": APP_ID,
        "bot_id": BOT_ID,
        "hash": view.hash,
        "root_view_id": view.root_id or view.view_id,
        "previous_view_id": view.previous_id or None,
    }
