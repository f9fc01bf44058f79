"""What carriers send, through the one way in, and what a look of the watch makes of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.carriers import carrier_named, read_push
from relay.database import Database, Row, Tx
from relay.desk import Desk
from relay.intake import Policy
from relay.intake.answers import record_answer
from relay.intake.parcels import Parcel, record_order
from relay.intake.record import record_push
from relay.intake.refused import Refused
from relay.model import Action, Answer, Fact, Push, Reading, Report, Wanted, to_text
from relay.settings import Settings
from relay.store import incidents
from relay.store.shares import Counts
from relay.watch import Watch
from relay.watch.alarms import Rounds
from relay.watch.checks import CHECKS
from tests.conftest import NOON

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: Long after what the past is made of, in the middle of an hour.
NOW = NOON + 40 * DAY + HOUR / 2


@dataclass
class Far:
    """UPS, which pushes and answers, and a clock that a test moves."""

    database: Database
    policy: Policy
    kind: str  #: of the incidents that are looked for
    now: datetime = NOW
    settings: Settings = field(default_factory=lambda: Settings(adapters={"ups": {"PUSH_SECRETS": "s3cret"}}))
    _sent: int = 0

    def pass_by(self, **parts: float) -> None:
        self.now += timedelta(**parts)

    # -- what it sends -------------------------------------------------------------------------------------------------

    def push(self, number: str, code: str = "DP", *, kind: str = "I", ago: timedelta = timedelta(0)) -> None:
        """A scan just before now, as Track Alert tells it."""
        at = self.now - ago
        self._sent += 1
        clock = {"Date": f"{at:%Y%m%d}", "Time": f"{at:%H%M%S}"}
        said = {
            "trackingNumber": number,
            **{f"localActivity{name}": text for name, text in clock.items()},
            **{f"gmtActivity{name}": text for name, text in clock.items()},
            "activityStatus": {"type": kind, "code": code, "description": f"Words of {code}"},
            "activityLocation": {"city": f"CAMPINAS {self._sent}", "country": "BR"},
        }
        self.push_body(json.dumps(said).encode(), at)

    def push_odd(self, number: str) -> None:
        """The same without what it says."""
        self._sent += 1
        self.push_body(json.dumps({"trackingNumber": number, "sent": self._sent}).encode(), self.now)

    def push_body(self, body: bytes, at: datetime, reading: Reading | None = None) -> None:
        """``reading``: what an earlier version made of it."""
        push = Push("ups", "POST", "/push/ups", {}, body, at)
        record_push(self.database, self.policy, push, reading or read_push(carrier_named("ups"), body))

    def answer(self, told: dict[str, Sequence[Fact]]) -> None:
        """One answer about these parcels."""
        reports = tuple(Report("ups", number, tuple(facts)) for number, facts in told.items())
        self.answer_body(b"{}", Reading(Action.APPLY, reports), list(told))

    def know(self, numbers: Sequence[str], *, ago: timedelta = 2 * DAY) -> None:
        """Parcels, each of an order of its own, that are known for so long."""
        at = self.now - ago

        def work(tx: Tx) -> None:
            for number in numbers:
                parcel = Parcel(carrier="ups", tracking_number=number)
                record_order(tx, self.policy, f"order {number}", {}, parcel, at, shop="default")

        self.database.write(work)

    def answer_body(self, body: bytes, reading: Reading, numbers: Sequence[str]) -> None:
        asked = [Wanted("ups", number) for number in numbers]
        answer = Answer(200, body, self.now, {}, asked)
        record_answer(self.database, self.policy, "ups", answer, reading)

    # -- what was before -----------------------------------------------------------------------------------------------

    def usual(self, via: str, days: int, counts: Counts) -> None:
        """So much on each of the days before, at noon."""

        def work(tx: Tx) -> None:
            for day in range(2, days + 2):
                noon = (self.now - day * DAY).replace(hour=12, minute=0, second=0)
                row = {"source": "ups", "via": via, "hour": to_text(noon)} | counts._asdict()
                places = ", ".join(f":{name}" for name in row)
                tx.rows(f"INSERT INTO traffic ({', '.join(row)}) VALUES ({places})", **row)  # noqa: S608 - our own names

        self.database.write(work)

    # -- what comes of it ----------------------------------------------------------------------------------------------

    def look(self) -> list[Row]:
        """What is open after the next round."""
        rounds = Rounds([check for check in CHECKS if check.kind == self.kind])
        desk = Desk(self.database, self.settings, self.policy)
        Watch(desk, Refused(), lambda: self.now, rounds=rounds).round()
        return self.open()

    def titles(self) -> list[str]:
        return [row["title"] for row in self.look()]

    def open(self) -> list[Row]:
        with self.database.read() as tx:
            blind = incidents.open_of(tx, "watch_blind")
            assert blind == []
            return incidents.open_of(tx, self.kind)
