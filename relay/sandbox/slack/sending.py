"""How Slack's requests reach the app, over HTTP with a signature or through Socket Mode, and what its answers show."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import httpx
import orjson
from slack_sdk.signature import SignatureVerifier

from relay import clock
from relay.sandbox.slack.chat import answer_to
from relay.sandbox.slack.payloads import Kind, Sent
from relay.sandbox.slack.socket_mode import SocketMode
from relay.sandbox.slack.views import checked, close_view, push_view, replace_view
from relay.sandbox.slack.workspace import Json, Posted, Refused, View, Workspace

#: Slack shows an error to people when an acknowledgement takes longer.
ACK_WITHIN_S = 3.0
UNANSWERED = 0  #: stands for a status where nothing was answered


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app answered, and what Slack made of it."""

    sent: Sent
    status: int  #: 0: nothing came
    body: str
    took_s: float
    message: Posted | None = None  #: that the acknowledgement itself shows
    action: str = ""  #: to a submission: ``closed``, ``errors``, ``update``, ``push`` or ``clear``
    errors: Mapping[str, str] = field(default_factory=dict)  #: by block id
    options: tuple[Json, ...] = ()  #: for an external select
    refused: str = ""  #: why the person sees an error of Slack's

    @property
    def is_late(self) -> bool:
        return self.took_s > ACK_WITHIN_S


@dataclass(slots=True)
class Sender:
    """May be changed at any time."""

    workspace: Workspace
    socket_mode: SocketMode
    signing_secret: str
    events_url: str = ""  #: of the app; "": through Socket Mode
    patience_s: float = 10.0
    signs_with: str = ""  #: another secret than the app's, as a forger would
    seconds_ago: int = 0  #: by which a request is older than it should be
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(
            trust_env=False, limits=httpx.Limits(max_connections=100, max_keepalive_connections=0)
        )
    )

    def send(self, sent: Sent, *, retry: int = 0, reason: str = "http_timeout") -> Answer:
        began = monotonic()
        if self.events_url:
            more = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
            status, body = self._post(sent.body, {"Content-Type": sent.content_type, **more})
        else:
            status, body = self._deliver(sent, retry)
        return self._shown(sent, status, body, monotonic() - began)

    def post_raw(self, body: bytes, content_type: str) -> tuple[int, str]:
        """Anything at all, signed."""
        return self._post(body, {"Content-Type": content_type})

    def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        timestamp = str(int(clock.now().timestamp()) - self.seconds_ago)
        verifier = SignatureVerifier(self.signs_with or self.signing_secret)
        signed = {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": str(verifier.generate_signature(timestamp=timestamp, body=body)),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        try:
            answer = self.client.post(
                self.events_url, content=body, headers=signed | dict(headers), timeout=self.patience_s
            )
        except httpx.HTTPError:
            return UNANSWERED, ""
        return answer.status_code, answer.text

    def _deliver(self, sent: Sent, retry: int) -> tuple[int, str]:
        is_done, payload = self.socket_mode.deliver(sent.kind, sent.payload, self.patience_s, retry=retry)
        if not is_done:
            return UNANSWERED, ""
        if payload is None:
            return 200, ""
        return 200, payload if isinstance(payload, str) else orjson.dumps(payload).decode()

    def _shown(self, sent: Sent, status: int, body: str, took_s: float) -> Answer:
        plain = Answer(sent, status, body, took_s)
        if not 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls success
            return replace(plain, refused="operation_timeout" if status == UNANSWERED else "http_service_error")
        try:
            with self.workspace.changed:
                shown = self._show(plain)
                self.workspace.changed.notify_all()
        except Refused as error:
            return replace(plain, refused=f"{error.error} {' '.join(error.details)}".strip())
        return shown

    def _show(self, answer: Answer) -> Answer:
        """Raises Refused."""
        sent, body = answer.sent, answer.body
        if sent.kind is Kind.COMMAND:
            return replace(answer, message=self._message(sent, body)) if body else answer
        if sent.kind is Kind.EVENT:
            return answer
        match sent.payload["type"]:
            case "view_submission":
                return self._submitted(answer)
            case "block_suggestion":
                return replace(answer, options=_options(_object(body)))
            case "block_actions" if body:
                raise Refused("ignored_body", ["Slack shows nothing of a body that acknowledges a block action"])
            case _:
                return answer

    def _message(self, sent: Sent, body: str) -> Posted | None:
        link = self.workspace.response_urls[sent.response_token]
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError:
            parsed = body
        given = parsed if isinstance(parsed, dict) else {"text": str(parsed)}
        return answer_to(self.workspace, link, given, "ack")

    def _submitted(self, answer: Answer) -> Answer:
        view = self._view(str(answer.sent.payload["view"]["id"]))
        view.errors = {}
        if not answer.body:
            close_view(self.workspace, view)
            return replace(answer, action="closed")
        said = _object(answer.body)
        action = str(said.get("response_action", ""))
        match action:
            case "errors":
                view.errors = _errors(view, said.get("errors") or {})
                return replace(answer, action=action, errors=view.errors)
            case "update":
                replace_view(self.workspace, view, checked(self.workspace, said.get("view"), "modal"))
            case "push":
                push_view(self.workspace, view.user_id, checked(self.workspace, said.get("view"), "modal"))
            case "clear":
                for one in list(self.workspace.modals[view.user_id]):
                    close_view(self.workspace, one)
            case _:
                raise Refused("invalid_response_action", [action])
        return replace(answer, action=action)

    def _view(self, view_id: str) -> View:
        for stack in self.workspace.modals.values():
            for view in stack:
                if view.view_id == view_id:
                    return view
        raise Refused("view_not_found")


def _errors(view: View, errors: Mapping[str, Any]) -> Mapping[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not errors or not set(errors) <= inputs:
        strange = ", ".join(sorted(set(errors) - inputs)) or "none at all"
        raise Refused("invalid_errors", [f"errors can only stand at inputs: {strange}"])
    return {block_id: str(text) for block_id, text in errors.items()}


def _options(said: Mapping[str, Any]) -> tuple[Json, ...]:
    groups = said.get("option_groups") or [{"options": said.get("options", [])}]
    return tuple(option for group in groups for option in group["options"])


def _object(body: str) -> Mapping[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused("invalid_json", [body[:200]]) from None
    return parsed if isinstance(parsed, dict) else {}
