"""A sender that changes what it sends is told of at once, by name, and no longer than it lasts."""

import pytest

from relay.database import Database
from relay.intake import Policy
from relay.intake.replay import kept_ids, replay
from relay.model import Action, Fact, FactKind, Reading, Report, Status
from relay.store import incidents
from relay.store.incidents import Figures
from relay.store.shares import Counts
from relay.watch.schema import KIND
from tests.conftest import NOON
from tests.watch.sending import HOUR, Far

READ = Counts(messages=240, events=240)
NEW_CODE = ("QQ", "Q7")


@pytest.fixture
def far(database: Database, policy: Policy) -> Far:
    return Far(database, policy, KIND)


def one(code: str = "DP") -> Reading:
    """What an earlier version made of a push: nothing, or a code that it did not know."""
    if not code:
        return Reading(Action.UNREADABLE, reason="ups: earlier")
    scan = Fact("ups", True, FactKind.SCAN, Status.UNKNOWN, code, "m", NOON)
    return Reading(Action.APPLY, (Report("ups", "1Z", (scan,)),))


def well_known(index: int) -> bytes:
    body = (
        f'{{"trackingNumber": "1ZOLD{index}", "gmtActivityDate": "20260411", "gmtActivityTime": "110000", '
        '"activityStatus": {"type": "I", "code": "DP"}}'
    )
    return body.encode()


def test_a_sender_that_cannot_be_read_any_more_is_told_of_after_five_bodies(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(30):
        far.push(f"1Z{index}", ago=HOUR / 4)
    for index in range(4):
        far.push_odd(f"1Z{index}")
        far.pass_by(seconds=10)
    assert far.titles() == []
    far.push_odd("1Z9")
    far.pass_by(seconds=30)
    (told,) = far.look()
    assert (told["subject"], told["title"]) == (
        "ups/push",
        "5 of the newest 5 pushes of UPS cannot be read, usually 0 %: ups: activityStatus: says nothing",
    )
    assert told["remedy"] == "Upgrade Wismo, then `wismo replay --unread`: the bodies are kept"


def test_nearly_a_third_that_cannot_be_read_is_told_of(far: Far) -> None:
    far.usual("push", 14, READ._replace(unread=1))
    for index in range(100):
        far.pass_by(seconds=15)
        far.push_odd(f"1Z{index}") if index % 10 < 3 else far.push(f"1Z{index}")
    assert [title.partition(",")[0] for title in far.titles()] == ["30 of the newest 100 pushes of UPS cannot be read"]


def test_who_sends_little_is_told_of_as_well(far: Far) -> None:
    far.usual("push", 40, Counts(messages=2, events=2))
    for index in range(5):
        far.push_odd(f"1Z{index}")
        far.pass_by(hours=20)
    assert [title.partition(",")[0] for title in far.titles()] == ["5 of the newest 5 pushes of UPS cannot be read"]


def test_it_ends_when_what_comes_can_be_read_again(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(6):
        far.push_odd(f"1Z{index}")
    assert len(far.titles()) == 1
    far.pass_by(hours=3)
    assert len(far.titles()) == 1  # nothing came, so nothing is known
    for index in range(20):
        far.push(f"1ZNEW{index}")
    assert far.titles() == []


def test_what_is_told_stays_as_it_was_told(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(6):
        far.push_odd(f"1Z{index}")
    before = far.look()
    far.push_odd("1Z9")
    far.pass_by(minutes=1)
    assert far.look() == before


def test_a_few_that_cannot_be_read_are_no_change(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(4):
        far.push_odd(f"1Z{index}")
    assert far.titles() == []


def test_five_among_many_are_no_change(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(100):
        far.pass_by(seconds=15)
        far.push_odd(f"1Z{index}") if index % 20 == 0 else far.push(f"1Z{index}")
    assert far.titles() == []


def test_it_ends_when_all_was_read_again(far: Far) -> None:
    """An upgrade reads what an earlier version could not."""
    for index in range(20):
        far.push_body(well_known(index), far.now, one(""))
    told_of(far, {"case": "unread", "carrier": "UPS", "bad": 20, "of": 20})
    assert [row["remedy"] for row in far.look()] == ["Run `wismo replay --unread`"]
    read_again(far, unread=True)
    assert far.titles() == []


def test_nothing_is_told_that_this_version_reads(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(20):
        far.push_body(well_known(index), far.now, one(""))
    assert far.titles() == []


# -- codes -------------------------------------------------------------------------------------------------------------


def test_codes_that_nobody_knows_are_told_of_with_the_most_frequent(far: Far) -> None:
    far.usual("push", 14, Counts(messages=200, events=200, unknown=1))
    for index in range(100):
        far.pass_by(seconds=15)
        code = NEW_CODE[index % 25 == 0]
        far.push(f"1Z{index}", code, kind="Q") if index % 5 == 0 else far.push(f"1Z{index}")
    (told,) = far.look()
    assert told["title"] == (
        "20 of the newest 100 scans of UPS have codes that Wismo does not know, usually 0.5 %; "
        "most frequent: QQ (Words of QQ)"
    )
    assert told["remedy"] == "Upgrade Wismo, then `wismo replay --carrier ups --since 2026-04-11`: the bodies are kept"


def test_a_code_that_was_never_known_is_not_the_new_one(far: Far) -> None:
    far.usual("push", 14, Counts(messages=200, events=200, unknown=4))
    for index in range(3):
        far.push(f"1ZOLD{index}", "OLD", kind="Q", ago=30 * HOUR)
    for index in range(100):
        far.pass_by(seconds=15)
        code = "QQ" if index % 10 == 0 else "OLD"
        far.push(f"1Z{index}", code, kind="Q") if index % 10 in {0, 3, 6} else far.push(f"1Z{index}")
    assert [title.rpartition(": ")[2] for title in far.titles()] == ["QQ (Words of QQ)"]


def test_moments_that_nobody_can_read_are_told_as_such(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(40):
        body = f'{{"trackingNumber": "1Z{index}", "gmtActivityDate": "April", "activityStatus": {{"type": "I"}}}}'
        far.push_body(body.encode(), far.now)
    (title,) = far.titles()
    assert title.startswith("40 of the newest 40 scans of UPS have no moment that Wismo can read, usually 0 %: ")
    assert "gmtActivityDate: not a moment" in title


def test_one_unknown_code_among_five_is_no_change(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(5):
        far.push(f"1Z{index}", *(("QQ",) if index == 0 else ()), kind="Q" if index == 0 else "I")
    assert far.titles() == []


def test_the_odd_history_of_one_parcel_is_no_change(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(40):
        far.push("1ZODD", f"Q{index}", kind="Q")
    assert far.titles() == []


def test_unknown_codes_end_when_known_ones_come(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(30):
        far.push(f"1Z{index}", "QQ", kind="Q")
    assert len(far.titles()) == 1
    far.pass_by(hours=3)
    for index in range(30):
        far.push(f"1Z{index}")
    assert far.titles() == []


def told_of(far: Far, figures: Figures) -> None:
    told = {"kind": KIND, "subject": "ups/push", "title": "many", "remedy": "upgrade", "figures": figures}
    far.database.write(lambda tx: incidents.open_incident(tx, now=far.now, **told))  # type: ignore[arg-type]  # by name


def read_again(far: Far, *, unread: bool = False) -> None:
    with far.database.read() as tx:
        keys = kept_ids(tx, unread=unread, slug="ups", since=None)
    for key in keys:
        replay(far.database, far.policy, key, far.now, announce=False)
    far.pass_by(minutes=1)


def test_after_an_upgrade_it_says_what_is_left_to_do_and_ends_when_that_is_done(far: Far) -> None:
    far.usual("push", 14, READ)
    for index in range(20):
        far.push_body(well_known(index), far.now, one("DP"))
    told_of(far, {"case": "unknown", "carrier": "UPS", "bad": 20, "of": 20})
    (solved,) = far.look()
    assert solved["title"].startswith("this version of Wismo reads what UPS sends now")
    assert solved["remedy"] == "Run `wismo replay --carrier ups --since 2026-04-11`"
    assert far.look() == [solved]
    read_again(far)
    assert far.titles() == []


# -- answers -----------------------------------------------------------------------------------------------------------

UNREADABLE = Reading(Action.UNREADABLE, reason="ups: trackResponse: missing")


def asked(far: Far, *, body: bytes, times: int) -> None:
    for index in range(times):
        number = f"1ZASKED{index}"
        far.push(number)
        far.answer_body(body, UNREADABLE if index % 2 else Reading(Action.APPLY, (Report("ups", number),)), [number])
        far.pass_by(seconds=20)


def test_answers_that_cannot_be_read_are_told_of_too(far: Far) -> None:
    far.usual("poll", 14, READ)
    asked(far, body=b'{"tracking": []}', times=20)
    assert [(row["subject"], row["title"].partition(",")[0]) for row in far.look()] == [
        ("ups/poll", "10 of the newest 20 answers of UPS cannot be read")
    ]


def test_pages_in_the_place_of_answers_are_an_outage_and_no_change(far: Far) -> None:
    far.usual("poll", 14, READ)
    asked(far, body=b"<html>We are back soon</html>", times=20)
    assert far.titles() == []


def test_where_no_answer_is_usable_that_is_said_once(far: Far) -> None:
    far.usual("poll", 14, READ)
    opened = {"kind": "ask_failing", "subject": "ups", "title": "fails", "remedy": "wait"}
    asked(far, body=b'{"tracking": []}', times=20)
    far.database.write(lambda tx: incidents.open_incident(tx, now=far.now, **opened))  # type: ignore[arg-type]  # by name
    assert far.titles() == []
