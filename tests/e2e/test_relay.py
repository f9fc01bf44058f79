"""The main job, as its users meet it: real processes, real sockets, a real mail server."""

import json
from datetime import UTC, datetime, timedelta
from email.message import Message

import httpx
import pytest

from relay.sandbox.mailbox import Mailbox
from tests.e2e.conftest import UPS_SECRET, Relay, eventually

NUMBER = "1Z204W4R0308071865"
TODAY = datetime.now(UTC).replace(microsecond=0)


def scan(code: str, minutes_ago: int, kind: str = "I") -> dict[str, object]:
    at = TODAY - timedelta(minutes=minutes_ago)
    return {
        "trackingNumber": NUMBER,
        "gmtActivityDate": f"{at:%Y%m%d}",
        "gmtActivityTime": f"{at:%H%M%S}",
        "activityStatus": {"type": kind, "code": code, "description": code},
        "activityLocation": {"city": "Campinas"},
    }


def push(relay: Relay, body: object, secret: str = UPS_SECRET) -> httpx.Response:
    return httpx.post(f"{relay.url}/push/ups", json=body, headers={"credential": secret}, timeout=10)


def add(relay: Relay) -> None:
    done = relay.run("add", "--order", "1001", "--carrier", "ups", "--number", NUMBER, "--email", "ana@example.com")
    assert done.returncode == 0, done.stderr


def tracked(relay: Relay) -> dict[str, object]:
    parcel: dict[str, object] = json.loads(relay.run("track", "1001", "--json").stdout)["shipments"][0]
    return parcel


def test_a_push_becomes_a_mail_and_a_page(relay: Relay) -> None:
    relay.start()
    add(relay)
    answer = push(relay, scan("OT", 5))
    assert (answer.status_code, answer.json()["action"]) == (200, "apply")
    eventually(lambda: len(list((relay.folder / "mail").glob("*.eml"))) == 1, "one mail lies in the folder")
    parcel = tracked(relay)
    assert parcel["status"] == "out_for_delivery"
    page = httpx.get(str(parcel["page_url"]))
    assert page.status_code == 200
    assert "O pacote saiu para entrega." in page.text
    assert "ana@" not in page.text
    assert "noindex" in page.headers["x-robots-tag"]
    assert "The parcel is out for delivery." in httpx.get(f"{parcel['page_url']}?lang=en").text
    assert httpx.get(f"{relay.url}/t/nothing-of-the-kind").status_code == 404
    assert relay.run("health").returncode == 0
    assert relay.stop() == 0


def test_what_is_wrong_with_a_request_is_said_with_a_remedy(relay: Relay) -> None:
    relay.start()
    forged = push(relay, scan("OT", 5), secret="guess")
    unknown = httpx.post(f"{relay.url}/push/nobody", json={})
    off = httpx.post(f"{relay.url}/push/easypost", json={})
    large = push(relay, {"x": "y" * 2_200_000})
    chunked = httpx.post(f"{relay.url}/push/ups", content=iter([b"{}"]), headers={"credential": UPS_SECRET})
    answers = (forged, unknown, off, large, chunked)
    assert [answer.status_code for answer in answers] == [401, 404, 404, 413, 411]
    for answer in answers:
        assert answer.json()["what"]
        assert answer.json()["remedy"]


UNREADABLE = [b"", b"no json", b"[]", b"null", b"{}", b'{"trackingNumber": null}', b"\xff\xfe", b"[" * 9999]


def test_what_is_authentic_is_kept_even_if_nobody_can_read_it(relay: Relay) -> None:
    relay.start()
    for body in UNREADABLE:
        answer = httpx.post(f"{relay.url}/push/ups", content=body, headers={"credential": UPS_SECRET})
        assert (answer.status_code, answer.json()["action"]) == (200, "unreadable")
        assert answer.headers["wismo-push-id"] == answer.json()["push_id"]
        assert answer.json()["reason"]
    assert json.loads(relay.run("health", "--json").stdout)["unread_pushes"] == len(UNREADABLE)
    assert relay.run("replay", "--unread").stdout.count("still unreadable:") == len(UNREADABLE)


def test_over_smtp_nothing_leaves_before_go_live_and_then_only_news(relay: Relay, mailbox: Mailbox) -> None:
    mail_url = f"smtp://127.0.0.1:{mailbox.port}"
    relay.environment |= {"WISMO_MAIL_URL": mail_url, "WISMO_MAIL_FROM": "Loja <loja@example.com>"}
    relay.start()
    add(relay)
    push(relay, scan("AR", 60))
    eventually(lambda: "would have mailed" in relay.run("outbox", "--state", "shadow").stdout, "the mail is in shadow")
    assert relay.run("go-live", "--yes").returncode == 0
    later = scan("OT", 0) | {"gmtActivityTime": f"{datetime.now(UTC) + timedelta(seconds=2):%H%M%S}"}
    push(relay, later)
    eventually(lambda: len(mailbox.mails) == 1, "the news after go-live arrives")
    mail = mailbox.mails[0].message
    assert mail["To"] == "ana@example.com"
    assert "Saiu para entrega" in _subject(mail)
    assert [row["state"] for row in json.loads(relay.run("outbox", "--json").stdout)].count("shadow") == 1


def _subject(mail: Message) -> str:
    from email.header import decode_header, make_header  # noqa: PLC0415 - for this alone

    return str(make_header(decode_header(mail["Subject"])))


def test_a_wrong_setting_stops_the_start_with_its_name(relay: Relay) -> None:
    relay.environment |= {"WISMO_TIMEZONE": "Mars/Olympus", "WISMO_COLOUR": "#fff"}
    done = relay.run("up")
    assert done.returncode == 2
    assert "WISMO_TIMEZONE" in done.stderr
    assert "WISMO_COLOR" in done.stderr


@pytest.mark.parametrize(
    ("option", "value"), [("--email", "no address"), ("--locale", "tlh"), ("--promised", "soon"), ("--url", "ftp:x")]
)
def test_add_says_which_field_is_wrong(relay: Relay, option: str, value: str) -> None:
    relay.run("migrate")
    done = relay.run("add", "--order", "1", option, value)
    assert done.returncode == 2
    assert option.removeprefix("--") in done.stderr


def test_a_backup_comes_back_paused(relay: Relay) -> None:
    relay.run("migrate")
    add(relay)
    assert relay.run("backup", "copy.db").returncode == 0
    (relay.folder / "wismo.db").unlink()
    restored = relay.run("restore", "copy.db")
    assert restored.returncode == 0, restored.stderr
    assert tracked(relay)["status"] == "pending"
    assert json.loads(relay.run("health", "--json").stdout)["mail"] == "paused"
