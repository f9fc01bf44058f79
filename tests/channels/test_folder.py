"""Mail into a folder."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from relay.channels._folder import write_whole
from relay.errors import SendFailed
from relay.mail import RenderedMail
from tests.channels.letters import MESSAGE_ID, NOON, PARCEL, VIEW, Clock, channel


def test_a_mail_is_one_file_that_tells_when_what_and_which(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there yet"
    with channel(f"file:{folder}") as email:
        receipt = email.send(VIEW)
    assert receipt.text == str(folder / f"20260302T120000Z-out_for_delivery-{MESSAGE_ID}.eml")
    message = message_from_bytes(Path(receipt.text).read_bytes(), policy=policy.default)
    assert message["To"] == VIEW.to


def test_a_repeat_replaces_its_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    clock = Clock()
    with channel(f"file:{tmp_path}", now=clock) as email:
        first = email.send(VIEW)
        clock.now = NOON + timedelta(hours=1)
        second = email.send(VIEW)
    assert first == second
    assert [path.name for path in tmp_path.iterdir()] == [Path(first.text).name]
    assert b"13:00:00" in Path(first.text).read_bytes()


def test_two_messages_are_two_files(tmp_path: Path) -> None:
    with channel(f"file:{tmp_path}") as email:
        email.send(VIEW)
        email.send(replace(VIEW, message_ids=("another",)))
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("message_id", ["../../etc/passwd", "a/b", "\0", "x" * 500, "é"])
def test_no_message_id_leads_out_of_the_folder(tmp_path: Path, message_id: str) -> None:
    with channel(f"file:{tmp_path}") as email:
        receipt = email.send(replace(VIEW, message_ids=(message_id,)))
    assert [str(path) for path in tmp_path.iterdir()] == [receipt.text]


def test_a_parcel_without_a_moment_and_a_mail_without_a_parcel_have_names_too(tmp_path: Path) -> None:
    with channel(f"file:{tmp_path}") as email:
        undated = email.send(replace(VIEW, parcels=(replace(PARCEL, changed_at=None),)))
        bare = email.send(replace(VIEW, parcels=()))
    assert Path(undated.text).name == f"out_for_delivery-{MESSAGE_ID}.eml"
    assert Path(bare.text).name == f"{MESSAGE_ID}.eml"


def test_a_folder_that_cannot_be_written_is_a_channel_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file, and no folder")
    with channel(f"file:{tmp_path}/mail") as email, pytest.raises(SendFailed) as caught:
        email.send(VIEW)
    assert caught.value.channel_down
    assert "cannot be written" in caught.value.what


def test_a_file_that_cannot_be_finished_does_not_appear(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_whole(tmp_path / "taken", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_words_with_broken_characters_do_not_stop_a_mail(tmp_path: Path) -> None:
    broken = "half \ud83d and nul \0"
    with channel(f"file:{tmp_path}", words=RenderedMail(broken, broken, broken)) as email:
        email.send(VIEW)
    assert len(list(tmp_path.iterdir())) == 1
