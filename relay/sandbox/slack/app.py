"""Slack's Web API: every call is recorded, meets what was planned for it, and needs a token with the right scope."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from typing import Any

import orjson
from flask import Flask, Response, request

from relay.sandbox.slack import chat, files, people, views
from relay.sandbox.slack.arguments import Arguments, arguments_of
from relay.sandbox.slack.faults import Fault, Faults
from relay.sandbox.slack.socket_mode import SocketMode
from relay.sandbox.slack.workspace import Json, Refused, Workspace

CONNECT = "apps.connections.open"


@dataclass(frozen=True, slots=True)
class Call:
    at: datetime
    method: str
    given: Mapping[str, Any] = field(repr=False)
    status: int
    error: str  #: "": it went well
    details: tuple[str, ...] = ()  #: why blocks or views were refused


@dataclass(frozen=True, slots=True)
class Method:
    scopes: tuple[str, ...]  #: any one of them will do; none: any token will
    run: Callable[[Workspace, Arguments], Json]


READS_CHANNELS = ("channels:read", "groups:read", "im:read")
METHODS: Mapping[str, Method] = {
    "auth.test": Method((), people.auth_test),
    "users.info": Method(("users:read",), people.user_info),
    "usergroups.users.list": Method(("usergroups:read",), people.group_users),
    "conversations.info": Method(READS_CHANNELS, people.channel_info),
    "conversations.open": Method(("im:write",), people.open_conversation),
    "chat.postMessage": Method(("chat:write",), chat.post_message),
    "chat.postEphemeral": Method(("chat:write",), chat.post_ephemeral),
    "chat.update": Method(("chat:write",), chat.update),
    "chat.delete": Method(("chat:write",), chat.delete),
    "chat.getPermalink": Method((), chat.permalink),
    "chat.unfurl": Method(("links:write",), chat.unfurl),
    "views.open": Method((), views.open_modal),
    "views.push": Method((), views.push),
    "views.update": Method((), views.update),
    "views.publish": Method((), views.publish),
    "files.getUploadURLExternal": Method(("files:write",), files.upload_url),
    "files.completeUploadExternal": Method(("files:write",), files.complete),
}


@dataclass(slots=True)
class Api:
    workspace: Workspace
    token: str
    socket_mode: SocketMode
    faults: Faults = field(default_factory=Faults)
    calls: list[Call] = field(default_factory=list)  #: oldest first

    def answer(self, method: str) -> Response:
        if self.faults.is_down:
            return _nothing()
        fault = self.faults.take(method)
        self.workspace.waits(fault.wait_s)
        given = Arguments({})
        try:
            given = arguments_of(request)
            shown = self._run(method, given, fault)
            refused = Refused(fault.error) if fault.error else None
        except Refused as error:
            shown, refused = {}, error
        self._record(method, given, fault, refused)
        return self._said(shown, fault, refused)

    def _run(self, method: str, given: Arguments, fault: Fault) -> Json:
        if fault.error and not fault.takes_effect:
            raise Refused(fault.error)
        if method == CONNECT:
            return self._connect()
        if method not in METHODS:
            raise Refused("unknown_method", more={"req_method": method})
        self._check_token(METHODS[method], given)
        with self.workspace.changed:
            shown = METHODS[method].run(self.workspace, given)
            self.workspace.changed.notify_all()
        return shown

    def _check_token(self, method: Method, given: Arguments) -> None:
        shown = _bearer() or given.text("token")
        if not shown:
            raise Refused("not_authed")
        if not compare_digest(shown.encode(), self.token.encode()):
            raise Refused("invalid_auth")
        if method.scopes and not self.workspace.scopes.intersection(method.scopes):
            provided = ",".join(sorted(self.workspace.scopes))
            raise Refused("missing_scope", more={"needed": method.scopes[0], "provided": provided})

    def _connect(self) -> Json:
        if not compare_digest(_bearer().encode(), self.socket_mode.app_token.encode()):
            raise Refused("invalid_auth" if _bearer() else "not_authed")
        return {"url": self.socket_mode.new_address()}

    def _record(self, method: str, given: Arguments, fault: Fault, refused: Refused | None) -> None:
        kept = {name: value for name, value in given.given.items() if name != "token"}
        error, details = (refused.error, tuple(refused.details)) if refused else ("", ())
        with self.workspace.changed:
            self.calls.append(Call(self.workspace.now(), method, kept, fault.status, error, details))
            self.workspace.changed.notify_all()

    def _said(self, shown: Json, fault: Fault, refused: Refused | None) -> Response:
        body: Json = {"ok": True} | shown
        if refused:
            body = {"ok": False, "error": refused.error} | refused.more
            if refused.details:
                body["response_metadata"] = {"messages": refused.details}
        headers = {"x-oauth-scopes": ",".join(sorted(self.workspace.scopes)), **fault.headers}
        return Response(orjson.dumps(body), fault.status, headers, mimetype="application/json")


def _bearer() -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


def _nothing() -> Response:
    """The line goes dead."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response("")


def slack_app(api: Api) -> Flask:
    app = Flask("slack", static_folder=None)

    @app.route("/api/<method>", methods=["GET", "POST"])
    def call(method: str) -> Response:
        return api.answer(method)

    @app.post("/response/<token>")
    def response_url(token: str) -> Response:
        if api.faults.is_down:
            return _nothing()
        fault = api.faults.take("response_url")
        api.workspace.waits(fault.wait_s)
        if fault.error:
            return Response(fault.error, fault.status, dict(fault.headers))
        return _respond(api, token)

    @app.post("/upload/<file_id>")
    def upload(file_id: str) -> Response:
        body = request.get_data()  # first: asking for files consumes it
        given = next(iter(request.files.values()), None)
        api.workspace.files[file_id].content = given.read() if given else body
        return Response(f"OK - {len(api.workspace.files[file_id].content)}")

    return app


def _respond(api: Api, token: str) -> Response:
    body = request.get_json(silent=True, force=True)
    try:
        with api.workspace.changed:
            chat.take_response(api.workspace, token, body if isinstance(body, dict) else {})
    except Refused as error:
        at = api.workspace.now()
        api.calls.append(Call(at, "response_url", body or {}, 400, error.error, tuple(error.details)))
        return Response(error.error, 404 if error.error in {"used_url", "expired_url"} else 400)
    api.calls.append(Call(api.workspace.now(), "response_url", body or {}, 200, ""))
    return Response("ok")
