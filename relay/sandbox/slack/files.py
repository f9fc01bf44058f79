"""The three steps of an upload: where to, the bytes, done."""

from relay.sandbox.slack.arguments import Arguments
from relay.sandbox.slack.workspace import File, Json, Posted, Refused, Said, Workspace


def upload_url(workspace: Workspace, given: Arguments) -> Json:
    length = given.text("length")
    if not length.isdigit() or int(length) == 0:
        raise Refused("missing_argument", ["[ERROR] length must be more than 0"])
    file_id = f"F{workspace.number():09d}"
    workspace.files[file_id] = File(file_id, given.needed("filename"), int(length), given.text("alt_txt"))
    return {"upload_url": f"{workspace.url}/upload/{file_id}", "file_id": file_id}


def complete(workspace: Workspace, given: Arguments) -> Json:
    done = []
    for one in given.given.get("files") or []:
        file = workspace.files.get(one["id"])
        if file is None or len(file.content) != file.length:
            raise Refused("file_not_found")
        file.title, file.is_complete = one.get("title", ""), True
        done.append(file)
    channel = given.text("channel_id") or given.text("channels")
    if channel:
        _share(workspace, given, channel, done)
    return {"files": [{"id": file.file_id, "title": file.title, "name": file.name} for file in done]}


def _share(workspace: Workspace, given: Arguments, channel: str, files: list[File]) -> None:
    room, thread = workspace.room(channel), given.text("thread_ts")
    if not room.has_app:
        raise Refused("not_in_channel")
    for file in files:
        file.channel, file.thread_ts = room.channel_id, thread
    said = Said(given.text("initial_comment"), [])
    more = {"files": [file.file_id for file in files]}
    workspace.add(Posted(room.channel_id, workspace.new_ts(), said, thread_ts=thread, via="files", given=more))
