"""What Slack says of people and groups: asked seldom, never waited for longer than a moment."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from threading import Lock
from typing import Any, Generic, TypeVar

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

T = TypeVar("T")
log = structlog.get_logger()

#: So long a person waits for all that Slack says of them: who types a command is answered within a second.
WAIT_S = 0.7
#: Seconds after which a question counts as failed.
TIMEOUT_S = 3
#: After a failure Slack is left alone for so long.
AGAIN = timedelta(seconds=30)
PEOPLE_LAST, GROUPS_LAST, SELF_LASTS = timedelta(hours=1), timedelta(minutes=5), timedelta(hours=12)
#: Entries kept at most; beyond them the oldest goes.
MOST = 5000
#: What goes wrong when Slack is asked; a TimeoutError is an OSError.
FAILURES = (SlackClientError, HTTPException, OSError, LookupError)


@dataclass(frozen=True, slots=True)
class Person:
    teams: frozenset[str]  #: the workspaces that are theirs
    locale: str
    zone: str
    is_guest: bool
    is_stranger: bool  #: of another company, met in a shared channel
    is_deleted: bool
    name: str = ""  #: what they are called


@dataclass(frozen=True, slots=True)
class About:
    """What is known of somebody; None: Slack did not say."""

    person: Person | None
    own_team: str | None  #: the workspace that the app is installed in
    members: frozenset[str] | None  #: of the group that may correct; empty where none is set


class Remembered(Generic[T]):
    """Answers of Slack by their key; each is asked for once, and kept for ``lasts``."""

    def __init__(self, lasts: timedelta, pool: ThreadPoolExecutor) -> None:
        self._lasts = lasts
        self._pool = pool
        self._kept: dict[str, tuple[T | None, datetime]] = {}
        self._asked: dict[str, Future[T]] = {}
        self._lock = Lock()

    def begin(self, key: str, ask: Callable[[], T], now: datetime) -> Callable[[float], T | None]:
        """Ask if need be, and wait for nothing; what is returned waits until a moment of the monotonic clock."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and now < kept[1]:
                return lambda _until: kept[0]
            asked = self._asked.get(key) or self._asked.setdefault(key, self._pool.submit(ask))
        return lambda until: self._answer(key, asked, until, now)

    def _answer(self, key: str, asked: Future[T], until: float, now: datetime) -> T | None:
        """None: Slack did not say, or not in time. What it says later is there for who asks after that."""
        value: T | None = None
        lasts = AGAIN
        try:
            value, lasts = asked.result(max(0.0, until - time.monotonic())), self._lasts
        except FAILURES as error:
            log.warning("slack did not say", of=key, error=said(error))
        with self._lock:
            if asked.done():
                self._asked.pop(key, None)
            self._kept.pop(key, None)
            self._kept[key] = value, now + lasts
            if len(self._kept) > MOST:
                self._kept.pop(next(iter(self._kept)))
        return value


class People:
    """All that is remembered of a workspace."""

    def __init__(self) -> None:
        pool = ThreadPoolExecutor(max_workers=6, thread_name_prefix="ask-slack")
        self._people = Remembered[Person](PEOPLE_LAST, pool)
        self._groups = Remembered[frozenset[str]](GROUPS_LAST, pool)
        self._self = Remembered[str](SELF_LASTS, pool)

    def about(self, client: WebClient, user_id: str, group: str, now: datetime) -> About:
        """Everything at once, within a moment. ``group`` may be "", then nobody is in it."""
        person = self._people.begin(user_id, lambda: ask_person(_impatient(client), user_id), now)
        own_team = self._self.begin("own team", lambda: ask_own_team(_impatient(client)), now)
        members = self._groups.begin(group, lambda: ask_members(_impatient(client), group), now)
        until = time.monotonic() + WAIT_S
        return About(person(until), own_team(until), members(until))

    def names(self, client: WebClient, people: Iterable[str], now: datetime) -> dict[str, str]:
        """What people are called, within a moment; of whom Slack does not say it, their id."""
        asked = {
            one: self._people.begin(one, lambda one=one: ask_person(_impatient(client), one), now)  # type: ignore[misc]  # a default binds it
            for one in people
        }
        until = time.monotonic() + WAIT_S
        found = {one: answer(until) for one, answer in asked.items()}
        return {one: person.name if person and person.name else one for one, person in found.items()}


def _impatient(client: WebClient) -> WebClient:
    """Asks once: by the time of a second attempt nobody waits any more."""
    return WebClient(
        token=client.token, base_url=client.base_url, timeout=TIMEOUT_S, logger=client.logger, retry_handlers=[]
    )


def ask_person(client: WebClient, user_id: str) -> Person:
    user: Mapping[str, Any] = client.users_info(user=user_id, include_locale=True)["user"]
    teams = {user.get("team_id"), *user.get("enterprise_user", {}).get("teams", ())}
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    return Person(
        teams=frozenset(team for team in teams if team),
        locale=user.get("locale") or "",
        zone=user.get("tz") or "",
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")),
        is_deleted=bool(user.get("deleted")),
        name=next((str(name).strip() for name in names if name and str(name).strip()), ""),
    )


def ask_members(client: WebClient, group: str) -> frozenset[str]:
    return frozenset(client.usergroups_users_list(usergroup=group)["users"]) if group else frozenset()


def ask_own_team(client: WebClient) -> str:
    return str(client.auth_test()["team_id"])


def said(error: Exception) -> str:
    """Slack's own word for what was wrong, which holds neither token nor text."""
    return str(error.response.get("error")) if isinstance(error, SlackApiError) else type(error).__name__
