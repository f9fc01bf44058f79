"""How services that watch for silence are called."""

import pytest

from relay.silence.pings import Request, Service

UUID = "4f4c6a2e-0000-0000-0000-000000000000"


def calls(url: str) -> list[Request | None]:
    service = Service(url)
    return [service.started(), service.alive(), service.failing("the poll loop has stopped")]


@pytest.mark.parametrize(
    "base", [f"https://hc-ping.com/{UUID}", "https://hc-ping.com/key/wismo", f"https://hc.shop.example/ping/{UUID}"]
)
def test_healthchecks_is_told_in_its_words(base: str) -> None:
    assert calls(base) == [
        Request("POST", f"{base}/start"),
        Request("GET", base),
        Request("POST", f"{base}/fail", "the poll loop has stopped"),
    ]


def test_a_query_stays_behind_the_word() -> None:
    started, alive, failing = calls("https://hc-ping.com/key/wismo/?create=1#x")
    assert started
    assert started.url == "https://hc-ping.com/key/wismo/start?create=1"
    assert failing
    assert failing.url == "https://hc-ping.com/key/wismo/fail?create=1"
    assert alive == Request("GET", "https://hc-ping.com/key/wismo/?create=1#x")


def test_better_stack_knows_no_start() -> None:
    base = "https://uptime.betterstack.com/api/v1/heartbeat/abc"
    assert calls(base) == [None, Request("GET", base), Request("POST", f"{base}/fail", "the poll loop has stopped")]


def test_uptime_kuma_is_told_in_its_query() -> None:
    base = "https://kuma.shop.example/api/push/abc?status=up&msg=OK&ping="
    assert calls(base) == [
        None,
        Request("GET", base),
        Request("GET", "https://kuma.shop.example/api/push/abc?status=down&msg=the+poll+loop+has+stopped&ping="),
    ]


@pytest.mark.parametrize(
    "url", ["https://nosnch.in/abc123", "https://monitor.shop.example/wismo?key=1", "https://hc-ping.com.example/a/b/c"]
)
def test_a_service_that_is_not_known_hears_signs_of_life_alone(url: str) -> None:
    assert calls(url) == [None, Request("GET", url), None]


def test_a_reason_is_cut_to_what_a_service_takes() -> None:
    failing = Service(f"https://hc-ping.com/{UUID}").failing("x" * 5000)
    assert failing
    assert len(failing.body) == 1000
