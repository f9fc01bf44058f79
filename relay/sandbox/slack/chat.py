"""The calls that post: chat.*, and what an acknowledgement or a response URL shows."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from typing import Any

from relay.sandbox.slack.arguments import Arguments
from relay.sandbox.slack.limits import Surface, block_faults, is_too_long
from relay.sandbox.slack.workspace import BOT_ID, BOT_USER, Json, Posted, Refused, ResponseUrl, Room, Said, Workspace

POST_TEXT_LIMIT, UPDATE_TEXT_LIMIT = 40_000, 4_000
RESPONSE_USES, RESPONSE_LASTS = 5, timedelta(minutes=30)
#: What is kept of a post beside what it says.
KEPT = ("metadata", "unfurl_links", "unfurl_media", "reply_broadcast", "attachments", "link_names", "mrkdwn")


def post_message(workspace: Workspace, given: Arguments) -> Json:
    room = _open_room(workspace, given)
    said = _said(workspace, given.given)
    thread = given.text("thread_ts")
    if thread:
        workspace.message(room.channel_id, thread)
    more = {name: given.given[name] for name in KEPT if name in given.given}
    posted = Posted(room.channel_id, workspace.new_ts(), said, thread_ts=thread, via="chat.postMessage", given=more)
    warnings = {"warning": "message_truncated"} if len(given.text("text")) > POST_TEXT_LIMIT else {}
    return _receipt(workspace.add(posted)) | {"message": message_json(posted)} | warnings


def post_ephemeral(workspace: Workspace, given: Arguments) -> Json:
    room, user = _open_room(workspace, given), given.needed("user")
    if not room.holds(user) or user not in workspace.people:
        raise Refused("user_not_in_channel")
    said = _said(workspace, given.given)
    posted = Posted(
        room.channel_id,
        workspace.new_ts(),
        said,
        thread_ts=given.text("thread_ts"),
        only_for=user,
        via="chat.postEphemeral",
    )
    return {"message_ts": workspace.add(posted).ts}


def update(workspace: Workspace, given: Arguments) -> Json:
    room = workspace.room(given.needed("channel"))
    posted = _own(workspace, room, given.needed("ts"))
    if len(given.text("text")) > UPDATE_TEXT_LIMIT:
        raise Refused("msg_too_long")
    if room.is_archived:
        raise Refused("is_archived")
    # An update that gives only text leaves no blocks behind, as in life.
    workspace.edit(posted, _said(workspace, given.given))
    return _receipt(posted) | {"text": posted.text}


def delete(workspace: Workspace, given: Arguments) -> Json:
    posted = _own(workspace, workspace.room(given.needed("channel")), given.needed("ts"))
    posted.is_deleted = True
    return _receipt(posted)


def _own(workspace: Workspace, room: Room, ts: str) -> Posted:
    posted = workspace.message(room.channel_id, ts)
    if posted.only_for:
        raise Refused("message_not_found")
    if posted.by != BOT_USER:
        raise Refused("cant_update_message")
    return posted


def permalink(workspace: Workspace, given: Arguments) -> Json:
    room, ts = workspace.room(given.needed("channel")), given.needed("message_ts")
    posted = workspace.message(room.channel_id, ts)
    tail = f"?thread_ts={posted.thread_ts}&cid={room.channel_id}" if posted.thread_ts else ""
    link = f"https://pretend-shop.slack.example/archives/{room.channel_id}/p{ts.replace('.', '')}{tail}"
    return {"channel": room.channel_id, "permalink": link}


def unfurl(workspace: Workspace, given: Arguments) -> Json:
    """By channel and ts; the ids of links that are still being composed are not known here."""
    posted = workspace.message(given.needed("channel"), given.needed("ts"))
    unfurls = given.given.get("unfurls") or {}
    for url, preview in unfurls.items():
        if url not in posted.text:
            raise Refused("cannot_unfurl_url")
        _check_blocks(preview.get("blocks", []))
    posted.unfurls.update(unfurls)
    return {}


def answer_to(workspace: Workspace, link: ResponseUrl, body: Mapping[str, Any], via: str) -> Posted | None:
    """What somebody sees of a body that came as an acknowledgement or to a response URL. Raises Refused."""
    if body.get("delete_original"):
        if link.source is not None:
            link.source.is_deleted = True
        return None
    said = _said(workspace, body)
    if body.get("replace_original") and link.source is not None:
        workspace.edit(link.source, said)
        link.answered.append(link.source)
        return link.source
    only_for = "" if body.get("response_type") == "in_channel" else link.user_id
    thread = str(body.get("thread_ts") or "")
    posted = Posted(link.channel, workspace.new_ts(), said, thread_ts=thread, only_for=only_for, via=via)
    link.source = link.source or posted
    link.answered.append(posted)
    return workspace.add(posted)


def take_response(workspace: Workspace, token: str, body: Mapping[str, Any]) -> None:
    """Raises Refused."""
    link = workspace.response_urls.get(token)
    if link is None:
        raise Refused("invalid_token")
    if link.uses >= RESPONSE_USES:
        raise Refused("used_url")
    if workspace.now() - link.made_at > RESPONSE_LASTS:
        raise Refused("expired_url")
    answer_to(workspace, link, body, "response_url")
    link.uses += 1


def _open_room(workspace: Workspace, given: Arguments) -> Room:
    room = workspace.room(given.needed("channel"))
    if room.is_archived:
        raise Refused("is_archived")
    if not room.has_app:
        raise Refused("channel_not_found" if room.is_private else "not_in_channel")
    return room


def _said(workspace: Workspace, body: Mapping[str, Any]) -> Said:
    text, blocks = body.get("text") or "", body.get("blocks") or []
    if not text and not blocks and not body.get("attachments"):
        raise Refused("no_text")
    _check_blocks(blocks)
    return Said(str(text)[:POST_TEXT_LIMIT], with_ids(workspace, blocks))


def _check_blocks(blocks: list[Json]) -> None:
    faults = block_faults(blocks, Surface.MESSAGE)
    if faults:
        raise Refused("invalid_blocks", faults)
    if is_too_long(blocks):
        raise Refused("msg_blocks_too_long")


def with_ids(workspace: Workspace, blocks: list[Json]) -> list[Json]:
    """Slack names the blocks and elements that the app did not."""
    named = deepcopy(blocks)
    for block in named:
        block.setdefault("block_id", f"b{workspace.number():05d}")
        element = block.get("element") or block.get("accessory")
        for one in [*block.get("elements", ()), *([element] if element else ())]:
            if isinstance(one, dict) and one.get("type") in INTERACTIVE:
                one.setdefault("action_id", f"a{workspace.number():05d}")
    return named


INTERACTIVE = frozenset(
    {
        "button",
        "overflow",
        "static_select",
        "external_select",
        "users_select",
        "radio_buttons",
        "checkboxes",
        "datepicker",
        "timepicker",
        "datetimepicker",
        "plain_text_input",
        "email_text_input",
        "number_input",
        "url_text_input",
    }
)


def message_json(posted: Posted) -> Json:
    shown: Json = {"type": "message", "user": posted.by, "ts": posted.ts, "text": posted.text}
    if posted.by == BOT_USER:
        shown |= {"bot_id": BOT_ID, "subtype": "bot_message"} if posted.via == "response_url" else {"bot_id": BOT_ID}
    if posted.blocks:
        shown["blocks"] = list(posted.blocks)
    if posted.thread_ts:
        shown["thread_ts"] = posted.thread_ts
    if "metadata" in posted.given:
        shown["metadata"] = posted.given["metadata"]
    return shown


def _receipt(posted: Posted) -> Json:
    return {"channel": posted.channel, "ts": posted.ts}
