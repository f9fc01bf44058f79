"""An account is never asked once too often: not in any second, not on any day, not after a restart."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.database import Database, Tx, open_database
from relay.store import accounts
from relay.store.accounts import Limits
from tests.conftest import NOON, fact
from tests.poll.conftest import World, acme
from tests.poll.sites import Reply

SECOND = 1 / 3600
PER_SECOND, PER_DAY = 2, 500
PARCELS, AT_THE_DOOR = 2000, 5


@dataclass
class Asks:
    """When ACME was asked about which parcel, by the shop's clock."""

    world: World
    made: list[tuple[datetime, str]] = field(default_factory=list)

    def __call__(self, numbers: list[str]) -> Reply:
        self.made += [(self.world.now(), number) for number in numbers]
        return 200, {}, b"{}"

    @property
    def numbers(self) -> list[str]:
        return [number for _, number in self.made]

    def most_in_a_second(self) -> int:
        """Whichever moment the second begins at."""
        moments = sorted(at for at, _ in self.made)
        return max(bisect_left(moments, at + timedelta(seconds=1)) - index for index, at in enumerate(moments))

    def by_day(self) -> Counter[str]:
        return Counter(f"{at.astimezone(UTC):%Y-%m-%d}" for at, _ in self.made)


def spend_the_day(world: World, asks: Asks, *, restart_after: int) -> None:
    """Tick as a worker does, about every second, until nothing is asked for a while or everything was."""
    idle = ticks = 0
    while idle < 3 and len(set(asks.numbers)) < PARCELS:
        before = len(asks.made)
        world.tick(at=world.hours + (1.0, 1.003, 0.4, 1.2)[ticks % 4] * SECOND)
        ticks += 1
        idle = 0 if len(asks.made) > before else idle + 1
        if ticks == restart_after:
            world.another_process()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_a_second_and_500_a_day_for_2000_parcels_are_never_exceeded_also_across_a_restart_and_the_door_comes_first(
    world: World,
) -> None:
    world.carrier = acme(per_second=PER_SECOND, per_day=PER_DAY)
    world.far.instead = asks = Asks(world)
    numbers = [f"A{n}" for n in range(PARCELS)]
    world.add(*numbers)
    at_the_door = numbers[1000 : 1000 + AT_THE_DOOR]
    for number in at_the_door:
        world.push(number, fact("in_transit", -1, source="acme"), fact("out_for_delivery", source="acme"), at=0.01)
    world.hours = 1
    spend_the_day(world, asks, restart_after=40)
    assert len(asks.made) == PER_DAY
    assert set(asks.numbers[: AT_THE_DOOR + 1]) > set(at_the_door)  # two at a time, and these in no order
    while len(set(asks.numbers)) < PARCELS:
        assert world.hours < 10 * 24, "some were forgotten"
        world.hours = ((world.hours + 12) // 24 + 1) * 24 - 12  # the next midnight, UTC
        spend_the_day(world, asks, restart_after=60)
    assert asks.most_in_a_second() <= PER_SECOND
    *whole_days, last_day = asks.by_day().values()
    assert whole_days == [PER_DAY] * (PARCELS // PER_DAY)
    assert last_day <= PER_DAY


# -- the rule ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """For laws: each example has an account of its own."""
    opened = open_database(f"sqlite:{tmp_path_factory.mktemp('budget') / 'wismo.db'}", create=True)
    opened.migrate()
    yield opened
    opened.close()


def granted(database: Database, limits: Limits, moments: list[tuple[datetime, int]]) -> list[datetime]:
    """When each request was made, of somebody who always wants some."""
    account, made = uuid4().hex, []
    for now, wanted in moments:

        def take(tx: Tx, now: datetime = now, wanted: int = wanted) -> int:
            may = min(wanted, accounts.hold_budget(tx, account, limits, now))
            accounts.spend(tx, account, may, limits, now)
            return may

        made += [now] * database.write(take)
    return made


@settings(max_examples=60)
@given(
    per_second=st.sampled_from([0.2, 0.5, 1, 1.5, 2, 3, 7]),
    per_day=st.sampled_from([None, 5, 20]),
    steps=st.lists(
        st.tuples(st.sampled_from([1, 100, 400, 999, 1000, 1001, 5000, 10**7]), st.integers(0, 9)), max_size=40
    ),
)
def test_whoever_asks_whenever_gets_no_more_than_the_limits(
    spare: Database, per_second: float, per_day: int | None, steps: list[tuple[int, int]]
) -> None:
    limits, moments, now = Limits(per_second, per_day), [], NOON
    for milliseconds, wanted in steps:
        now += timedelta(milliseconds=milliseconds)
        moments.append((now, wanted))
    made = granted(spare, limits, moments)
    window = timedelta(seconds=max(1.0, 1 / per_second))
    assert all(sum(at <= other < at + window for other in made) <= max(per_second, 1) for at in made)
    if per_day:
        assert max(Counter(f"{at:%Y-%m-%d}" for at in made).values(), default=0) <= per_day


@pytest.mark.parametrize(("per_second", "in_a_minute"), [(0.2, 12), (1, 60), (2, 120), (7, 420)])
def test_whoever_asks_every_second_gets_all_of_it(spare: Database, per_second: float, in_a_minute: int) -> None:
    moments = [(NOON + timedelta(seconds=second), 99) for second in range(60)]
    assert len(granted(spare, Limits(per_second, None), moments)) == in_a_minute
