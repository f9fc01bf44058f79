"""An installation that listens, and its canary; and one that got through."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
from flask import Flask

from relay.channels.email import Email
from relay.database import Database, Row
from relay.desk import Desk
from relay.intake import Policy, canary
from relay.intake.refused import Refused
from relay.mail import RenderedMail, render
from relay.model import CANARY, MailView
from relay.settings import Settings
from relay.store import incidents
from relay.watch.canary import Canary
from relay.web import door_for
from relay.web.push import push_blueprint
from tests.conftest import NOON


@dataclass
class Clock:
    minutes: float = 0

    def now(self) -> datetime:
        return NOON + timedelta(minutes=self.minutes)


@dataclass
class Nest:
    """An installation that listens, and its canary."""

    database: Database
    policy: Policy
    clock: Clock = field(default_factory=Clock)
    url: str = "http://127.0.0.1:9"
    timeout_s: float = 5.0
    preview: Callable[[MailView], str] | None = None
    seen: list[MailView] = field(default_factory=list)
    _canary: Canary | None = None

    @property
    def desk(self) -> Desk:
        return Desk(self.database, Settings(public_url=self.url), self.policy)

    @property
    def app(self) -> Flask:
        """The carriers' door alone, as another process would have it."""
        return door_for(self.desk, self.clock.now, [push_blueprint(self.desk, Refused(), self.clock.now)])

    def turn(self, at: float) -> None:
        """A round of the loop, so many minutes after noon."""
        self.clock.minutes = at
        if self._canary is None:
            self._canary = Canary(self.desk, "one", self._look, self.clock.now, self.timeout_s)
        self._canary.desk = self.desk
        self._canary.round()

    def restart(self) -> None:
        self._canary = None

    def _look(self, view: MailView) -> str:
        self.seen.append(view)
        settings = self.desk.settings

        def words(one: MailView) -> RenderedMail:
            return render(one, settings.brand, timezone=settings.timezone, now=self.clock.now())

        return (self.preview or Email(settings, words, self.clock.now).preview)(view)

    def open(self) -> list[tuple[str, str]]:
        return [(row["subject"], row["title"]) for row in self.rows()]

    def rows(self) -> list[Row]:
        with self.database.read() as tx:
            return incidents.open_of(tx, "canary")

    def left(self) -> int:
        """Rows of canaries that are still there."""
        with self.database.read() as tx:
            pushes = tx.rows("SELECT push_id FROM pushes WHERE slug = :slug", slug=CANARY)
            tracks = tx.rows("SELECT track_id FROM tracks WHERE carrier = :slug", slug=CANARY)
            facts = tx.rows("SELECT fact_id FROM facts WHERE track_id LIKE :ours", ours=f"{CANARY}/%")
            return len(pushes) + len(tracks) + len(facts)


def arrive(nest: Nest) -> canary.Sent:
    """A canary that got through, and is not taken away yet."""
    sent = canary.make(canary.secret_of(nest.database), nest.clock.now())
    answer = httpx.post(f"{nest.url}{canary.PATH}", content=sent.body, headers=dict(sent.headers))
    assert (answer.status_code, answer.headers["wismo-push-id"]) == (200, sent.push_id)
    return sent
