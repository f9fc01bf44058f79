"""Everything that an installation lives by is stopped, and somebody is told: by Slack, by mail, or by a heartbeat.

Each has a real process to itself, and all run side by side. What is measured is real seconds from the stop until
whoever is to be told has been told, in words that say what it is, and that it says so when it is over.
"""

import json
import resource
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import httpx
import pytest

from relay.sandbox.faults import AnswerFault
from tests.e2e.conftest import Relay, free_port
from tests.e2e.staging import Stage, open_stage, seconds_until

#: The promise: whatever stops, somebody is told so soon.
PROMISED_S: Final = 120.0
#: A failing carrier is none before it failed for five minutes, for a moment of a bad network is nobody's business.
FAILING_S: Final = 300.0
#: A heartbeat's service misses us after its period of a minute, and its grace.
PERIOD_S, GRACE_S = 60.0, 20.0
#: So long from a look to the team's message: a round of the watch or the teller, and the post.
TOLD_IN_S: Final = 20.0

#: What took how long, in real seconds.
Found = Mapping[str, float]


def told_open(stage: Stage, *words: str) -> bool:
    return bool(stage.posted("Open incident", *words))


def told_over(stage: Stage, *words: str) -> bool:
    """The very message says so, and its thread as well."""
    return any(stage.slack.posted(one.channel, one.ts) for one in stage.posted("Over:", *words))


def opened_and_told(stage: Stage, kind: str, *words: str, what: str, since: float) -> float:
    took = seconds_until(lambda: told_open(stage, *words, f"#{kind}"), what, since)
    assert [row["closed_at"] for (found, _), row in stage.incidents().items() if found == kind] == [None]
    return took


def closed_and_told(stage: Stage, kind: str, *words: str) -> float:
    took = seconds_until(lambda: told_over(stage, *words), f"{kind} is over")
    assert all(row["closed_at"] for (found, _), row in stage.incidents().items() if found == kind)
    assert len(stage.posted(*words, "operations.md")) == 1, "one message, edited in its place"
    return took


# -- what can be stopped -----------------------------------------------------------------------------------------------


REFUSED: Final = "UPS refuses our key: nobody is asked about its parcels"


def refuse_key(stage: Stage) -> float:
    stage.carrier.answer_fault = AnswerFault.REFUSES
    stopped = time.monotonic()
    stage.add()
    remedy = "Correct WISMO_UPS_CLIENT_ID, WISMO_UPS_CLIENT_SECRET"
    took = opened_and_told(stage, "ask_refused", REFUSED, remedy, what="a refused key", since=stopped)
    assert took < PROMISED_S
    return took


def refused_key(stage: Stage) -> Found:
    stage.add()  # with a token that it gave us
    took = refuse_key(stage)
    stage.carrier.answer_fault = AnswerFault.NONE
    return {"Slack": took, "over": closed_and_told(stage, "ask_refused", REFUSED)}


def carrier_down(stage: Stage) -> Found:
    stage.add()
    stage.carrier.answer_fault = AnswerFault.DOWN
    stopped = time.monotonic()
    for _ in range(2):  # who is asked about little is asked again after five minutes
        stage.add()
    said = "UPS gives no usable answer: it reports a failure of its own"
    took = opened_and_told(stage, "ask_failing", said, what="a carrier that is down", since=stopped)
    assert FAILING_S <= took < FAILING_S + TOLD_IN_S + 10
    stage.carrier.answer_fault = AnswerFault.NONE
    stage.add()
    return {"Slack": took, "over": closed_and_told(stage, "ask_failing", said)}


def mail_gone(stage: Stage) -> Found:
    number = stage.add()
    stage.mail.stop()
    stopped = time.monotonic()
    stage.scan(number)
    said = "e-mail"
    took = opened_and_told(stage, "channel_down", said, what="a mail server that is gone", since=stopped)
    assert took < PROMISED_S
    before = stage.pings()
    seconds_until(lambda: stage.pings() > before, "Slack works, so all of Wismo's own is well")
    stage.mail.start()
    over = closed_and_told(stage, "channel_down", said)
    assert len(stage.mail.to("1001@example.com")) == 1
    return {"Slack": took, "over": over}


def shop_refuses(stage: Stage) -> Found:
    stage.connect()
    stage.vtex.faults.rejects_key = True
    stopped = time.monotonic()
    said = "no order is read"
    took = opened_and_told(stage, "shop_refused", said, what="a shop that refuses us", since=stopped)
    assert took < PROMISED_S
    stage.vtex.faults.clear()
    return {"Slack": took, "over": closed_and_told(stage, "shop_refused", said)}


def slack_gone(stage: Stage) -> Found:
    stage.slack.faults.is_down = True
    stage.carrier.answer_fault = AnswerFault.REFUSES
    stopped = time.monotonic()
    stage.add()  # so that there is something to tell
    took = seconds_until(lambda: stage.alerts("Slack cannot be reached"), "the operator is mailed", stopped)
    assert took < PROMISED_S
    assert not stage.posted()
    assert [kind for kind, _ in stage.incidents()].count("channel_down") == 1
    stage.slack.faults.clear()
    back = time.monotonic()
    seconds_until(lambda: told_open(stage, "refuses our key"), "Slack hears what it missed")
    over = seconds_until(
        lambda: len(stage.alerts("Slack cannot be reached")) == 2, "the operator is mailed again", back
    )
    return {"mail": took, "over, by mail": over}


def all_ways_gone(stage: Stage) -> Found:
    stage.slack.faults.is_down = True
    stage.mail.stop()
    stage.carrier.answer_fault = AnswerFault.REFUSES
    stopped = time.monotonic()
    stage.add()
    took = seconds_until(stage.failures, "the heartbeat's service hears that nobody can be told", stopped)
    last, before = stage.failures()[-1], stage.pings()
    assert "nobody can be told" in last
    stage.mail.start()
    over = seconds_until(lambda: stage.pings() > before, "one way is enough")
    return {"heartbeat says so": took, "over": over}


def killed(stage: Stage) -> Found:
    web = Relay(stage.relay.folder, stage.relay.environment, free_port())
    web.start("web")
    try:
        assert httpx.get(f"{web.url}/health", timeout=10).status_code == 200
        stage.relay.stop(signal.SIGKILL)
        stopped = time.monotonic()
        before = len(stage.service.heard)
        took = seconds_until(lambda: health(web)[0] == 503, "/health says it", stopped)
        assert took < PROMISED_S
        seconds_until(lambda: "Nothing works here since" in health(web)[1], "no loop runs")
        seconds_until(lambda: time.monotonic() > stopped + PERIOD_S + GRACE_S, "a period and a grace are over")
        assert len(stage.service.heard) == before, "a dead process pings nobody"
        stage.relay.start()
        over = seconds_until(lambda: stage.service.heard[before:].count(("GET", "/ping/id", "")), "it pings again")
        assert health(web)[0] == 200
        assert not stage.incidents(), "that it did not run is no loop's failure"
    finally:
        web.stop()
    return {"/health": took, "over": over}


def failing_loop(stage: Stage) -> Found:
    """The table that the poll alone reads in each of its rounds is not there."""
    stage.query("ALTER TABLE accounts RENAME TO elsewhere")
    stopped = time.monotonic()
    said = "The poll loop has not run since"
    took = opened_and_told(stage, "loop_stopped", said, what="a loop that fails", since=stopped)
    assert took < PROMISED_S
    heartbeat = seconds_until(lambda: any("poll" in one for one in stage.failures()), "the heartbeat", stopped)
    stage.query("ALTER TABLE elsewhere RENAME TO accounts")
    over = closed_and_told(stage, "loop_stopped", said)
    return {"Slack": took, "heartbeat says so": heartbeat, "over": over}


def full_disk(stage: Stage) -> Found:
    """No file of the process may grow, so there is nothing to write down what is to be told, either."""
    number, pings = stage.add(), stage.pings()
    (worker,) = stage.relay.workers()
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    stopped = time.monotonic()
    refused = seconds_until(lambda: pushed(stage, number) == 503, "a push is refused", stopped)
    took = seconds_until(stage.failures, "the heartbeat's service hears it", stopped)
    assert took < PROMISED_S
    assert "disk is full" in stage.failures()[-1]
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    pings = stage.pings()
    said = "The database could not take a push"
    over = seconds_until(lambda: told_open(stage, "#storage"), "the team hears of it")
    seconds_until(lambda: stage.pings() > pings, "the heartbeat goes on")
    stage.pass_hours()
    seconds_until(lambda: stage.posted("Over:", "#storage"), said)
    return {"a push is refused": refused, "heartbeat says so": took, "back, and Slack": over}


def pushed(stage: Stage, number: str) -> int:
    try:
        stage.scan(number)
    except AssertionError:
        return 503
    return 200


def health(relay: Relay) -> tuple[int, str]:
    answer = httpx.get(f"{relay.url}/health", timeout=10)
    return answer.status_code, json.dumps(answer.json()["reasons"])


STOPS: Final[Mapping[str, Callable[[Stage], Found]]] = {
    "the carrier refuses our key": refused_key,
    "the carrier is down": carrier_down,
    "the mail server is gone": mail_gone,
    "the shop refuses us": shop_refuses,
    "Slack is gone": slack_gone,
    "Slack and the mail server are gone": all_ways_gone,
    "the process is killed": killed,
    "a loop fails": failing_loop,
    "the disk is full": full_disk,
}


# -- side by side ------------------------------------------------------------------------------------------------------


def _stopped(stop: Callable[[Stage], Found], folder: Path) -> Found:
    with open_stage(folder) as stage:
        return stop(stage)


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Found]]]:
    """All that were asked for, begun at once: they wait far more than they work."""
    chosen = {item.callspec.params["name"] for item in request.session.items if hasattr(item, "callspec")}
    with ThreadPoolExecutor(len(STOPS)) as pool:
        yield {
            name: pool.submit(partial(_stopped, stop, tmp_path_factory.mktemp("stage")))
            for name, stop in STOPS.items()
            if name in chosen
        }


def test_a_refused_key_is_told_in_words_that_say_what_to_do(tmp_path: Path) -> None:
    with open_stage(tmp_path) as stage:
        refuse_key(stage)


@pytest.mark.slow
@pytest.mark.parametrize("name", STOPS)
def test_what_stops_is_told_in_time_and_is_over_by_itself(
    name: str, running: Mapping[str, Future[Found]], record_testsuite_property: Callable[[str, object], None]
) -> None:
    for what, seconds in running[name].result().items():
        record_testsuite_property(f"{name}: {what}", f"{seconds:.1f} s")
        print(f"{name}: {what} after {seconds:.1f} s")  # noqa: T201 - a measurement
