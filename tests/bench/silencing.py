"""What far sides can stop: a carrier's pushes and answers, the shop and its hook. On a clock that is stepped, by seed.

Each function has one part stop and gives the seconds until Slack says so; None: it does not within hours.
"""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Final

from relay.database import Tx
from relay.model import Fact, FactKind, Status, to_text
from relay.sandbox.faults import AnswerFault
from relay.sandbox.vtex import FOREVER, Invoice
from relay.store import richness, traffic
from relay.store.richness import Measure
from relay.store.shares import Counts
from relay.store.traffic import UP, Hour
from tests.bench.stepping import COARSE, COARSER, DAY, HOUR, MINUTE, SECOND, Stepped, far_of, open_stepped
from tests.silence import test_cohorts_weeks as hubs
from tests.watch.sending import Far

WHOLE: Final = 4095


def mute(per_hour: float) -> Callable[[str], float | None]:
    """A carrier that pushes at random all day."""

    def stopped(seed: str) -> float | None:
        with open_stepped(seed) as one:
            far, number = far_of(one), one.add(ago=40 * DAY)
            _spoke(one, per_hour)

            def push() -> None:
                if one.random.random() < per_hour * 5 / 3600:
                    far.now = one.now
                    far.push(number)

            one.each_step.append(push)
            far.push(number)
            one.run()
            one.each_step.clear()
            return one.seconds_until(lambda: one.told("mute_carrier"), 6 * HOUR)

    return stopped


def _spoke(one: Stepped, per_hour: float) -> None:
    """In each hour of five weeks before now."""
    this_hour, rows = one.now.replace(minute=0, second=0, microsecond=0), []
    for back in range(5 * 168):
        hour = this_hour - back * HOUR
        last = (one.now - hour) if back == 0 else HOUR
        came = sorted(one.random.uniform(0, 3600) for _ in range(_poisson(one.random, per_hour)))
        came = [second for second in came if second < last.total_seconds()]
        slots = sum(1 << slot for slot in {int(second) // 300 for second in came})
        lived = WHOLE if back else (1 << int(last.total_seconds()) // 300 + 1) - 1
        last_at = to_text(hour + came[-1] * SECOND) if came else None
        text = to_text(hour)
        if came:
            rows.append(Hour("ups", "push", text, messages=len(came), slots=slots, parcels=1, last_at=last_at))
        rows.append(Hour(*UP, text, slots=lived))
    one.desk.database.write(lambda tx: traffic.save(tx, rows))


def _poisson(random: Random, mean: float) -> int:
    at, count = random.expovariate(mean), 0
    while at < 1:
        at, count = at + random.expovariate(mean), count + 1
    return count


def carriers_key(seed: str) -> float | None:
    return _refused(seed, AnswerFault.REFUSES, "ask_refused")


def carriers_api(seed: str) -> float | None:
    return _refused(seed, AnswerFault.DOWN, "ask_failing")


def _refused(seed: str, fault: AnswerFault, kind: str) -> float | None:
    """A carrier that is asked once a minute: of 360 parcels that are quiet."""
    with open_stepped(seed) as one:
        numbers = [one.add(ago=DAY) for _ in range(40)]
        begin = one.now + one.random.random() * MINUTE

        def plan(tx: Tx) -> None:
            for index, number in enumerate(numbers):
                at = to_text(begin + index * MINUTE)
                tx.rows("UPDATE tracks SET ask_at = :at WHERE tracking_number = :number", at=at, number=number)

        one.desk.database.write(plan)
        one.run("poll")
        one.carrier.answer_fault = fault
        return one.seconds_until(lambda: one.told(kind), HOUR)


def unreadable(seed: str) -> float | None:
    """A carrier that pushes once a minute, and changes its format."""
    with open_stepped(seed) as one:
        far, odd = far_of(one), False
        far.usual("push", 14, Counts(messages=1440, events=1440))
        numbers = iter(range(10**6))

        def push() -> None:
            if one.random.random() < 5 / 60:
                far.now = one.now
                (far.push_odd if odd else far.push)(f"1Z{next(numbers)}")

        one.each_step.append(push)
        one.run()
        odd = True
        return one.seconds_until(lambda: one.told("schema_changed"), 6 * HOUR)


def missed(seed: str) -> float | None:
    """Twenty scans an hour, of which half are pushed no more: they come when those parcels were quiet for six hours."""
    with open_stepped(seed) as one:
        far, hour = far_of(one), 0
        far.usual("push", 20, Counts(messages=480, events=480, news=480))
        far.usual("poll", 20, Counts(messages=30, events=60, news=6, missed=2))
        _listened(one)
        one.run()
        stopped_at = one.now

        def scans() -> None:
            nonlocal hour
            if one.now - stopped_at < hour * HOUR:
                return
            hour += 1
            far.now = one.now
            for index in range(10):
                far.push(f"1ZP{hour}/{index}")
            if hour > 6:
                late = [f"1ZM{hour}/{index}" for index in range(10)]
                far.know(late)
                for number in late:
                    far.answer({number: [_scan(far, 3)]})

        one.each_step.append(scans)
        return one.seconds_until(lambda: one.told("missed_pushes"), 3 * DAY, COARSER)


def poorer(seed: str) -> float | None:
    """Three parcels an hour whose answers told six scans each, and tell two."""
    with open_stepped(seed) as one:
        far, hour = far_of(one), 0
        _rich(one, 14)
        one.run()
        stopped_at = one.now

        def answers() -> None:
            nonlocal hour
            if one.now - stopped_at < hour * HOUR:
                return
            hour += 1
            far.now = one.now
            numbers = [f"1Z{hour}/{index}" for index in range(3)]
            far.know(numbers)
            far.answer({number: [_scan(far, hours) for hours in (1, 5)] for number in numbers})

        one.each_step.append(answers)
        return one.seconds_until(lambda: one.told("poorer_answers"), 4 * DAY, COARSER)


def _rich(one: Stepped, days: int) -> None:
    """Answers about seventy parcels on each of the days before."""

    def work(tx: Tx) -> None:
        for back in range(1, days + 1):
            day = f"{one.now - back * DAY:%Y-%m-%d}"
            richness.add(tx, [Measure("ups", "in_transit", 2, day, 70, 420, 2520, 420, 420, 420, 0)])

    one.desk.database.write(work)


def _scan(far: Far, hours_ago: float) -> Fact:
    at = far.now - timedelta(hours=hours_ago)
    return Fact(
        "ups", True, FactKind.SCAN, Status.IN_TRANSIT, "DP", at.isoformat(), at, description="On", place="Recife"
    )


def _listened(one: Stepped) -> None:
    """Wismo itself ran in the days before."""
    this_hour = one.now.replace(minute=0, second=0, microsecond=0)
    rows = [Hour(*UP, to_text(this_hour - back * HOUR), slots=WHOLE) for back in range(72)]
    one.desk.database.write(lambda tx: traffic.save(tx, rows))


def a_hub(_seed: str) -> float | None:
    """By the rule alone, which is shown sixty parcels a day, each six hours."""
    stops_at = hubs.START + timedelta(weeks=8)
    found = next((now for now, names in hubs.looks(60, stops_at) if names), None)
    return (found - stops_at).total_seconds() if found else None


# -- the shop ----------------------------------------------------------------------------------------------------------


def the_hook(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.connect()
        one.run("orders")
        one.pass_by(one.random.random() * 3 * HOUR, COARSE)
        one.vtex.hook.delete()
        return one.seconds_until(lambda: one.told("shop_hook"), 6 * HOUR, COARSE)


def the_feed(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.connect()
        one.run("orders")
        one.vtex.feed.delete()
        return one.seconds_until(lambda: one.told("shop_hook"), 6 * HOUR)


def the_shops_key(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.connect()
        one.run("orders")
        one.vtex.faults.rejects_key = True
        return one.seconds_until(lambda: one.told("shop_refused"), HOUR)


def the_shops_api(seed: str) -> float | None:
    """A shop that invoices an order every ten minutes, and tells of it."""
    with open_stepped(seed) as one:
        one.connect()
        due_at = one.now + one.random.random() * 10 * MINUTE

        def sell() -> None:
            nonlocal due_at
            if due_at <= one.now:
                due_at += 10 * MINUTE
                order_id = one.vtex.store.place()
                one.vtex.store.invoice(
                    order_id, Invoice(order_id[:8], courier="UPS", tracking_number=f"1Z{order_id[:10]}")
                )
            one.vtex.hook.deliver_due()

        one.each_step.append(sell)
        one.run("orders")
        one.vtex.faults.fail(FOREVER, status=503)
        return one.seconds_until(lambda: one.told("shop_down"), 3 * HOUR)


def the_idle_shops_api(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.connect()
        one.run("orders")
        one.vtex.faults.fail(FOREVER, status=503)
        return one.seconds_until(lambda: one.told("shop_job"), 3 * HOUR, COARSE)
