"""The far sides examined: names, certificates, whether our address leads here, logins. Nothing is sent or stored."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Thread
from urllib.parse import urlsplit

import httpx

from relay import clock
from relay.carriers import all_carriers
from relay.channels.certificates import Certificate, certificate_of
from relay.cli.doctor_store import stored
from relay.cli.finding import Finding, failed, well
from relay.desk.accounts import Asker, askers_of
from relay.desk.mark import mark_of
from relay.model import Account, Answer
from relay.poll.far import Far, NoAnswer
from relay.poll.logins import LoginRefused, given_token
from relay.settings import Settings
from relay.shops.vtex.client import base_url
from relay.silence.expiring import stage_of
from relay.store import ledger

#: For each question, in seconds.
TIMEOUT_S = 8.0
SLACK_API = "https://slack.com/api/"
#: A clock that is further off signs what others refuse, and orders scans wrongly.
CLOCK_OFF = timedelta(seconds=60)


# -- names -------------------------------------------------------------------------------------------------------------


def places_of(settings: Settings) -> dict[str, str]:
    """Every host that this installation must find by its name, and for what."""
    mail = settings.mail_url
    urls = {
        "WISMO_PUBLIC_URL": settings.public_url,
        "WISMO_HEARTBEAT_URL": settings.heartbeat_url,
        "WISMO_DATABASE_URL": "" if settings.database_url.startswith("sqlite:") else settings.database_url,
        "the shop": _shop_url(settings),
        "Slack": _slack_url(settings),
    } | {f"{asker.carrier.label}'s API": asker.api_url for asker in askers_of(settings, all_carriers())}
    found = {(urlsplit(url).hostname or ""): name for name, url in urls.items() if url}
    if mail.scheme != "file":
        found[mail.host] = "WISMO_MAIL_URL"
    return {host: name for host, name in found.items() if host}


def _shop_url(settings: Settings) -> str:
    if not settings.vtex_account:
        return ""
    return base_url(settings)


def _slack_url(settings: Settings) -> str:
    return (settings.slack_api_url or SLACK_API) if settings.slack_bot_token.get_secret_value() else ""


def examine_names(settings: Settings) -> Iterator[Finding]:
    """All at once: a resolver that does not answer takes its time for each."""
    places = places_of(settings)
    looked_up = {host: _begin(host) for host in places}
    lost = 0
    for host, answer in looked_up.items():
        fault = _fault(answer)
        if fault:
            lost += 1
            remedy = "Correct the name, or this machine's DNS"
            yield failed(f"name {host}", f"{fault}, and {places[host]} needs it", remedy)
    if not lost:
        yield well("names", f"{len(places)} found: {', '.join(places)}")


def _begin(host: str) -> Future[str]:
    """Why a host has no address, or "", as soon as the system says it, which no time limit can hurry."""
    answer: Future[str] = Future()

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, None)
        except (OSError, UnicodeError) as error:
            answer.set_result(getattr(error, "strerror", None) or "no such name")
        else:
            answer.set_result("")

    Thread(target=look_up, name="doctor-name", daemon=True).start()
    return answer


def _fault(answer: Future[str]) -> str:
    try:
        return answer.result(TIMEOUT_S)
    except TimeoutError:
        return f"no answer within {TIMEOUT_S:.0f} s"


# -- our own address ---------------------------------------------------------------------------------------------------


def examine_address(settings: Settings) -> Iterator[Finding]:
    """Whether the public address leads to this very installation, and how long its certificate lasts."""
    url = settings.public_url
    if "WISMO_PUBLIC_URL" not in settings.sources:
        yield well("public address", f"not set: links lead to {url}, which only this machine reaches")
        return
    parts = urlsplit(url)
    if parts.scheme == "https":
        yield from _certificate(parts.hostname or "", parts.port or 443)
    yield _who_answers(settings, url)


def _certificate(host: str, port: int) -> Iterator[Finding]:
    try:
        yield judged(host, certificate_of(host, port, TIMEOUT_S), clock.now())
    except OSError as error:
        yield failed("certificate", f"{host} shows none ({type(error).__name__})", "See that the proxy runs")


def judged(host: str, shown: Certificate, now: datetime) -> Finding:
    until = f"until {shown.until:%Y-%m-%d}"
    if shown.fault:
        remedy = "Install a certificate that browsers and carriers trust, with its whole chain"
        return failed("certificate", f"{host}: {shown.fault} ({until})", remedy)
    stage = stage_of(shown.until, now)
    return Finding(stage is None, "certificate", f"{host}: valid {until}", "Renew it: less than three weeks are left")


def _who_answers(settings: Settings, url: str) -> Finding:
    ours = stored(settings, lambda tx: mark_of(ledger.install(tx)))
    try:
        answer = httpx.get(f"{url}/live", timeout=TIMEOUT_S, trust_env=False)
        body = answer.json() if answer.is_success else {}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        remedy = "See that Wismo and its proxy run. From outside it may be reached all the same: ask another network"
        return failed("public address", f"{url}/live does not answer from here ({type(error).__name__})", remedy)
    theirs = body.get("install") if isinstance(body, dict) else None
    if not theirs:
        remedy = "Lead WISMO_PUBLIC_URL to this Wismo: the proxy passes on to something else"
        return failed("public address", f"at {url} answers something else (HTTP {answer.status_code})", remedy)
    if ours and theirs != ours:
        remedy = "Lead it here, or stop that one: carriers' pushes and customers arrive there"
        return failed("public address", f"at {url} answers another installation of Wismo", remedy)
    return well("public address", f"{url} leads to this installation, seen from here")


# -- the heartbeat, and the clock --------------------------------------------------------------------------------------


def examine_heartbeat(settings: Settings) -> Iterator[Finding]:
    """Its host alone: to ask the address itself would be a sign of life."""
    if not settings.heartbeat_url:
        yield well("heartbeat", "off (WISMO_HEARTBEAT_URL): nobody misses this machine when all of it stops")
        return
    parts = urlsplit(settings.heartbeat_url)
    try:
        answer = httpx.head(f"{parts.scheme}://{parts.netloc}/", timeout=TIMEOUT_S, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        remedy = "Correct WISMO_HEARTBEAT_URL, or let this machine reach it"
        yield failed("heartbeat", f"its host does not answer ({type(error).__name__})", remedy)
        return
    yield well("heartbeat", f"its host answers (HTTP {answer.status_code}); the address itself is not tried")
    yield from clock_by(parts.hostname or "", answer.headers.get("date", ""), clock.now())


def examine_clock(settings: Settings) -> Iterator[Finding]:
    """By the clock of whom we talk to anyway: Slack, else the shop."""
    url = _slack_url(settings) or _shop_url(settings)
    if not url:
        return
    try:
        answer = httpx.head(url, timeout=TIMEOUT_S, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return  # that it does not answer is said where it is examined
    yield from clock_by(urlsplit(url).hostname or "", answer.headers.get("date", ""), clock.now())


def clock_by(host: str, said: str, now: datetime) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(said)
    except ValueError:
        return
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    off = abs(now - theirs)
    finding = f"{off.total_seconds():.0f} s from that of {host}"
    yield Finding(off <= CLOCK_OFF, "clock", finding, "Let a time service (NTP) keep this machine's clock")


# -- logins ------------------------------------------------------------------------------------------------------------


def examine_logins(settings: Settings) -> Iterator[Finding]:
    """A token costs nothing; an ask would cost a part of the day's. All at once: they are different houses."""
    askers = askers_of(settings, all_carriers())
    tried = {asker.slug: _try(asker) for asker in askers if _is_free(asker)}
    for asker in askers:
        subject = f"login {asker.slug}"
        if asker.slug in tried:
            yield from tried[asker.slug].result(2 * TIMEOUT_S)
        elif asker.logs_in:
            yield well(subject, "not tested: each login uses up the refresh token; the log and health tell of it")
        else:
            yield well(subject, "not tested: each question counts; `wismo check ORDER` asks about one parcel")


def _is_free(asker: Asker) -> bool:
    return asker.logs_in and "REFRESH_TOKEN" not in asker.asks.login_with


def _try(asker: Asker) -> Future[Sequence[Finding]]:
    tried: Future[Sequence[Finding]] = Future()

    def work() -> None:
        tried.set_result(list(_login(asker)))

    Thread(target=work, name="doctor-login", daemon=True).start()
    return tried


def _login(asker: Asker) -> Iterator[Finding]:
    subject, host = f"login {asker.slug}", urlsplit(asker.api_url).hostname or ""
    try:
        answer = asyncio.run(_answered(asker))
        if asker.asks.parse_login:
            given_token(asker, asker.asks.parse_login, answer)
    except LoginRefused as refusal:
        names = ", ".join(asker.setting(name) for name in asker.key_names)
        yield failed(subject, f"{asker.carrier.label} refuses it: {refusal.reading.reason}", f"Correct {names}")
    except NoAnswer as fault:
        remedy = f"Let this machine reach {host}; if it does, correct {asker.setting('API_URL')}"
        yield failed(subject, f"{asker.carrier.label}: {fault}", remedy)
    else:
        yield well(subject, f"{asker.carrier.label} lets us in")
        yield from clock_by(host, answer.headers.get("date", ""), clock.now())


async def _answered(asker: Asker) -> Answer:
    """Raises NoAnswer."""
    far = Far(whole_s=TIMEOUT_S)
    try:
        login = asker.asks.login
        if login is None:
            raise ValueError("this account logs in nowhere")
        reply = await far.send(asker.slug, asker.api_url, login(Account(asker.values)))
    finally:
        await far.close()
    return Answer(reply.status, reply.body, clock.now(), reply.headers)
