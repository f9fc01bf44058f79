"""VTEX examined live: what the key may do, and whose hook and feed it has. Nothing is changed."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from relay import clock
from relay.database import open_database
from relay.desk.connecting import hook_url, wanted
from relay.errors import ShopFault, WismoError
from relay.settings import Settings
from relay.shops.vtex import Vtex, open_vtex
from relay.shops.vtex.hooks import whose, whose_feed

#: Of all that there is the least to ask the list about.
A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Found:
    is_well: bool
    subject: str
    finding: str
    remedy: str = ""


def examine_vtex(settings: Settings) -> Iterator[Found]:
    if not settings.vtex_account:
        return
    try:
        account = open_vtex(settings)
    except ShopFault as fault:
        yield Found(is_well=False, subject="vtex", finding=fault.what, remedy=fault.remedy)
        return
    with closing(account):
        yield _asked("orders", lambda: _orders(account))
        yield _asked("hook", lambda: _hook(account, _wanted_hook(settings)))
        yield _asked("feed", lambda: _feed(account))
    if not settings.vtex_hook_secret.get_secret_value():
        remedy = "Set WISMO_VTEX_HOOK_SECRET to a long random text, then `wismo vtex connect --hook`"
        yield Found(is_well=False, subject="vtex hook secret", finding="not set: the hook is closed", remedy=remedy)


def _wanted_hook(settings: Settings) -> str:
    """Where VTEX was told to call us, else where it would be."""
    try:
        with closing(open_database(settings.database_url)) as database, database.read() as tx:
            return wanted(tx, "hook") or hook_url(settings)
    except (WismoError, sqlite3.Error, psycopg.Error):  # what is wrong with it is said elsewhere
        return hook_url(settings)


def _asked(what: str, ask: Callable[[], Found]) -> Found:
    try:
        return ask()
    except ShopFault as fault:
        return Found(is_well=False, subject=f"vtex {what}", finding=fault.what, remedy=fault.remedy)


def _orders(account: Vtex) -> Found:
    now = clock.now()
    account.changed(now - A_MOMENT, now, 1)
    return Found(is_well=True, subject="vtex orders", finding="the key may list orders")


def _hook(account: Vtex, our_url: str) -> Found:
    config = account.hook()
    owner = whose(config, our_url)
    if config is None:
        remedy = "`wismo vtex connect --hook`, or `--feed` where VTEX cannot reach this machine"
        return Found(is_well=False, subject="vtex hook", finding="none: VTEX calls nobody", remedy=remedy)
    if owner == "foreign":
        remedy = "Give Wismo a key of VTEX of its own, then `wismo vtex connect --hook`"
        return Found(is_well=False, subject="vtex hook", finding=f"it calls {config.host}, not us", remedy=remedy)
    remedy = "`wismo vtex connect --hook` renews it"
    said = "ours" if config.is_current else "ours, but it leaves out changes that matter"
    return Found(is_well=config.is_current, subject="vtex hook", finding=said, remedy=remedy)


def _feed(account: Vtex) -> Found:
    config = account.feed()
    waiting = f", {config.waiting} notices wait" if config and config.waiting else ""
    said = {"none": "none: a notice that the hook loses is found by the nightly sweep alone", "ours": f"ours{waiting}"}
    owner = whose_feed(config)
    remedy = "`wismo vtex connect --feed`" if owner == "none" else "Give Wismo a key of VTEX of its own"
    return Found(owner == "ours", "vtex feed", said.get(owner, "somebody else's; it is left alone"), remedy)
