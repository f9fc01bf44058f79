"""What of Wismo's own, and of the ways to the team, can stop: each on a clock that is stepped, from a seed.

Each function has one part stop and gives the seconds until somebody is told; None: nobody is within hours.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from relay.desk.health import health
from tests.bench.stepping import COARSE, DAY, HOUR, MINUTE, SECOND, START, Stepped, far_of, open_stepped
from tests.watch.test_expiry import CA, tls

LOOPS: Final = ("outbox", "poll", "orders", "retention", "expiry", "canary")
#: The night's work begins at three in São Paulo.
NIGHT: Final = datetime(2026, 3, 4, 6, tzinfo=UTC)
LASTS: Final = 25 * DAY


def a_loop(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.run()
        name = one.random.choice(LOOPS)
        one.hanging.add(name)
        return one.seconds_until(lambda: one.told("loop_stopped", f"The {name} loop"), HOUR)


def the_watch(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.run("heart")
        one.hanging.add("watch")
        return one.seconds_until(lambda: one.told("loop_stopped", "The watch loop"), HOUR)


def the_teller(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.run("heart")
        one.hanging.add("times")
        return one.seconds_until(one.failures, HOUR)


def slacks_writer(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.run()
        one.hanging.add("slack writer")
        return one.seconds_until(lambda: one.mailed("The slack writer loop"), HOUR)


def all_of_it(seed: str) -> float | None:
    """Its process, as another that serves pages sees it."""
    with open_stepped(seed) as one:
        one.run("heart")
        one.hanging |= {*one.turns, *LOOPS, "heart", "slack leavers", "slack look"}
        return one.seconds_until(lambda: not health(one.desk, one.now).is_well, HOUR)


def slack(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.run("retention")
        one.slack.faults.is_down = True
        one.free = 0  # so that there is something to tell
        one.turns["retention"].due_at = one.now
        return one.seconds_until(lambda: one.mailed("Slack cannot be reached"), HOUR)


def slacks_token(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.run("slack look")
        one.pass_by(one.random.random() * HOUR, COARSE)
        one.slack.faults.refuse("token_revoked")
        return one.seconds_until(lambda: one.mailed("Slack does not take our token"), 3 * HOUR, COARSE)


def every_way(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.run("retention", "heart")
        one.slack.faults.is_down = True
        one.mail.stop()
        one.free = 0
        one.turns["retention"].due_at = one.now
        return one.seconds_until(lambda: "nobody can be told" in "".join(one.failures()), HOUR)


def mail(seed: str) -> float | None:
    """A shop that mails a customer each minute."""
    with open_stepped(seed) as one:
        _mailing(one, MINUTE)
        one.run("outbox")
        one.mail.stop()
        return one.seconds_until(lambda: one.told("channel_down"), HOUR)


def a_wave(seed: str) -> float | None:
    """Fifty mails at once are let through; from the next one on."""
    with open_stepped(seed, mail_brake="auto") as one:
        one.run("outbox")
        _mailing(one, SECOND, 60)
        return one.seconds_until(lambda: one.told("mail_brake"), HOUR)


def _mailing(one: Stepped, every: timedelta, at_once: int = 1) -> None:
    far, due_at = far_of(one), one.now

    def mail() -> None:
        nonlocal due_at
        if due_at <= one.now:
            due_at = one.now + (every if at_once == 1 else DAY)
            for _ in range(at_once):
                number = one.add(ago=HOUR)
                far.now = one.now
                far.push(number, ago=MINUTE)
            one.wake()

    one.each_step.append(mail)


def the_service(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.run("heart")
        one.service.status = 500
        return one.seconds_until(lambda: one.told("heartbeat_down"), HOUR)


# -- what is kept, and the way in --------------------------------------------------------------------------------------


def the_disk(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.run("retention")
        one.free = 10**8
        return one.seconds_until(lambda: one.told("disk"), HOUR)


def the_backup(seed: str) -> float | None:
    """From three in the night, when it would be made, into a folder of a disk that is not mounted."""
    with open_stepped(seed, backup_dir="/nowhere/backups") as one:
        one.clock.at = NIGHT - 3 * MINUTE - one.random.random() * MINUTE
        one.run("retention")
        one.pass_by(NIGHT - one.now)
        return one.seconds_until(lambda: one.told("backup"), HOUR)


def the_door(seed: str) -> float | None:
    with open_stepped(seed) as one:
        one.run("canary")
        one.pass_by(one.random.random() * HOUR, COARSE)
        one.listening.close()
        return one.seconds_until(lambda: one.told("canary"), 3 * HOUR, COARSE)


def certificate_left(seed: str) -> float:
    """How long before its end."""
    with open_certified(seed) as (one, ends_at):
        one.run("expiry")
        one.seconds_until(lambda: one.told("expiring"), LASTS, HOUR)
        return (ends_at - one.now).total_seconds()


@contextmanager
def open_certified(seed: str) -> Iterator[tuple[Stepped, datetime]]:
    """One that is reached by https; a handshake is of the machine's time, so its certificate ends long after that."""
    ends_at = START + LASTS
    with _trusted(), tls(ends_at) as port, open_stepped(seed, public_url=f"https://localhost:{port}") as one:
        yield one, ends_at


@contextmanager
def _trusted() -> Iterator[None]:
    """Its certificates, as the system's are."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ca.pem"
        CA.cert_pem.write_to_path(str(file))
        before = os.environ.get("SSL_CERT_FILE")
        os.environ["SSL_CERT_FILE"] = str(file)
        try:
            yield
        finally:
            os.environ.pop("SSL_CERT_FILE")
            os.environ |= {"SSL_CERT_FILE": before} if before else {}
