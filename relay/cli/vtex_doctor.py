"""VTEX examined live: what the key may do, whose hook and feed it has, who mails. Nothing is changed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta

from relay import clock
from relay.cli.doctor_store import stored
from relay.cli.finding import Finding
from relay.database import Tx
from relay.desk.care import shop_mode
from relay.desk.connecting import hook_url, wanted
from relay.errors import ShopFault
from relay.intake.shop import is_mailed
from relay.settings import Settings
from relay.shops import ShopOrder
from relay.shops.vtex import Vtex, open_vtex
from relay.shops.vtex.calls import NOTIFY_INVOICE
from relay.shops.vtex.hooks import whose, whose_feed
from relay.shops.vtex.who_mails import who_mails
from relay.store import incidents, outbox

#: So many orders are read, of those invoiced within this.
SAMPLE, LATELY = 10, timedelta(days=7)
#: Under no number of a shop's: asked for where there is nothing to read, to see whether we may.
NO_ORDER = "seq0"


def examine_vtex(settings: Settings) -> Iterator[Finding]:
    if not settings.vtex_account:
        return
    try:
        account = open_vtex(settings)
    except ShopFault as fault:
        yield Finding(is_well=False, subject="vtex", finding=fault.what, remedy=fault.remedy)
        return
    with closing(account):
        latest: list[ShopOrder] = []
        yield _asked("orders", lambda: _orders(account, latest))
        yield _asked("hook", lambda: _hook(account, _wanted_hook(settings)))
        yield _asked("feed", lambda: _feed(account))
    yield _writing(settings)
    yield _mails(settings, latest)
    if not settings.vtex_hook_secret.get_secret_value():
        remedy = "Set WISMO_VTEX_HOOK_SECRET to a long random text, then `wismo vtex connect --hook`"
        yield Finding(is_well=False, subject="vtex hook secret", finding="not set: the hook is closed", remedy=remedy)


def _wanted_hook(settings: Settings) -> str:
    """Where VTEX was told to call us, else where it would be."""
    return stored(settings, lambda tx: wanted(tx, "hook")) or hook_url(settings)


def _asked(what: str, ask: Callable[[], Finding]) -> Finding:
    try:
        return ask()
    except ShopFault as fault:
        return Finding(is_well=False, subject=f"vtex {what}", finding=fault.what, remedy=fault.remedy)


def _orders(account: Vtex, latest: list[ShopOrder]) -> Finding:
    """Some of the newest are put into ``latest``."""
    now = clock.now()
    invoiced = [one.order_id for one in account.changed(now - LATELY, now, 1).orders if one.status == "invoiced"]
    latest += [order for order_id in invoiced[-SAMPLE:] or [NO_ORDER] for order in _read(account, order_id)]
    return Finding(is_well=True, subject="vtex orders", finding="the key may list and read orders")


def _read(account: Vtex, order_id: str) -> Sequence[ShopOrder]:
    try:
        return [account.order(order_id)]
    except ShopFault as fault:
        if fault.is_of_account:
            raise
        return []  # that this one is gone, or cannot be read, is said in `wismo health`


def _hook(account: Vtex, our_url: str) -> Finding:
    config = account.hook()
    owner = whose(config, our_url)
    if config is None:
        remedy = "`wismo vtex connect --hook`, or `--feed` where VTEX cannot reach this machine"
        return Finding(is_well=False, subject="vtex hook", finding="none: VTEX calls nobody", remedy=remedy)
    if owner == "foreign":
        remedy = "Give Wismo a key of VTEX of its own, then `wismo vtex connect --hook`"
        return Finding(is_well=False, subject="vtex hook", finding=f"it calls {config.host}, not us", remedy=remedy)
    remedy = "`wismo vtex connect --hook` renews it"
    said = "ours" if config.is_current else "ours, but it leaves out changes that matter"
    return Finding(is_well=config.is_current, subject="vtex hook", finding=said, remedy=remedy)


def _feed(account: Vtex) -> Finding:
    config = account.feed()
    waiting = f", {config.waiting} notices wait" if config and config.waiting else ""
    said = {"none": "none: a notice that the hook loses is found by the nightly sweep alone", "ours": f"ours{waiting}"}
    owner = whose_feed(config)
    remedy = "`wismo vtex connect --feed`" if owner == "none" else "Give Wismo a key of VTEX of its own"
    return Finding(owner == "ours", "vtex feed", said.get(owner, "somebody else's; it is left alone"), remedy)


# -- what leaves -------------------------------------------------------------------------------------------------------


def _writing(settings: Settings) -> Finding:
    """Whether the key may write shows only a writing, so the last one speaks for it."""
    if settings.vtex_write == "off":
        return Finding(is_well=True, subject="vtex writing", finding="off (WISMO_VTEX_WRITE)")
    if down := stored(settings, _why_down):
        return Finding(is_well=False, subject="vtex writing", finding=down[0], remedy=down[1])
    words = {
        "send": f"on; whether the key's role has {NOTIFY_INVOICE!r} shows the first writing",
        "shadow": "kept in shadow until `wismo go-live`",
        "paused": "paused",
    }
    mode = stored(settings, lambda tx: shop_mode(tx, settings)) or "shadow"
    return Finding(mode != "paused", "vtex writing", words[mode], "`wismo resume shop`")


def _why_down(tx: Tx) -> tuple[str, str] | None:
    """What the shop said, and what to do."""
    if outbox.channel(tx, "shop")["down_since"] is None:
        return None
    known = [row for row in incidents.incidents(tx, only_open=True) if row["kind"] == "channel_down"]
    return next(((row["title"], row["remedy"]) for row in known if row["subject"] == "shop"), None)


def _mails(settings: Settings, latest: Sequence[ShopOrder]) -> Finding:
    """Whether customers would be mailed once, twice or never."""
    if "WISMO_CUSTOMER_MAIL" not in settings.sources:
        remedy = "Say who mails: WISMO_CUSTOMER_MAIL=wismo, =shop (VTEX's templates) or =none"
        return Finding(is_well=False, subject="vtex mails", finding="never: nobody said who mails", remedy=remedy)
    verdict = who_mails(settings.customer_mail, settings.vtex_write, latest)
    finding = f"{verdict.times}, {verdict.why}{_sold_by_others(settings, latest)}"
    return Finding(not verdict.remedy, "vtex mails", finding, verdict.remedy)


def _sold_by_others(settings: Settings, latest: Sequence[ShopOrder]) -> str:
    listed = frozenset(name.casefold() for name in settings.vtex_origins)
    others = sum(not is_mailed(order, listed) for order in latest)
    if not others or settings.customer_mail != "wismo":
        return ""
    return f"; {others} of the last {len(latest)} orders were sold by others, who mail them (WISMO_VTEX_ORIGINS)"
