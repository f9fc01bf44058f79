"""Looks after the shop's hook and feed: makes ours again when the shop deleted it, reports another's and leaves it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from relay import silence
from relay.database import Tx
from relay.desk import Desk, connecting
from relay.desk.connecting import ROUTES, Found, Route
from relay.errors import BadInput, ShopFault
from relay.model import to_text
from relay.orders.jobs import Step
from relay.shops.vtex import Vtex
from relay.shops.vtex.hooks import Owner, whose, whose_feed
from relay.store import incidents, ledger, reads
from relay.store.reads import SWEEP_WANTED

REMADE = "Nothing is lost: a sweep looks for what changed meanwhile. VTEX deletes what was idle for some days"
FOREIGN = "Give Wismo a key of VTEX of its own, or remove the other one, then `wismo vtex connect`"


@dataclass(frozen=True, slots=True)
class Guardian:
    desk: Desk
    vtex: Vtex
    now: Callable[[], datetime]
    name: str = "default"

    def look(self) -> Step:
        """Compare what VTEX has with what we were asked to connect. Raises ShopFault, of the last that failed."""
        failed = [fault for route in ROUTES if (fault := self._look_at(route))]
        if failed:  # our own door may not be open yet: it passes, and is tried again soon
            raise ShopFault("server_error", failed[-1].what, remedy=failed[-1].remedy)
        return Step.DONE

    def _look_at(self, route: Route) -> ShopFault | None:
        """Why VTEX does not take what it should have. Raises ShopFault."""
        with self.desk.database.read() as tx:
            wanted = connecting.wanted(tx, route)
        try:
            owner, is_current = self._found(route, wanted)
        except ShopFault as fault:
            if wanted or fault.kind != "forbidden":
                raise
            return None  # nobody asked for it, and the key has no right to it
        is_remade = bool(wanted) and (owner == "none" or (owner == "ours" and not is_current))
        refusal = self._make(route, wanted) if is_remade else None
        if refusal is None:
            state: Owner = "ours" if is_remade else owner
            self.desk.database.write(lambda tx: self._judge(tx, route, state, wanted, owner))
        return refusal

    def _found(self, route: Route, wanted: str) -> tuple[Owner, bool]:
        """Whose it is, and whether it tells of all that we want to hear of."""
        if route == "feed":
            return whose_feed(self.vtex.feed()), True
        config = self.vtex.hook()
        owner = whose(config, wanted or connecting.hook_url(self.desk.settings))
        return owner, config is None or config.is_current

    def _make(self, route: Route, wanted: str) -> ShopFault | None:
        """Why VTEX does not take it. Raises ShopFault of the account."""
        try:
            if route == "feed":
                self.vtex.make_feed()
            else:
                self.vtex.make_hook(wanted, connecting.secret_of(self.desk.settings))
        except (ShopFault, BadInput) as fault:
            if isinstance(fault, ShopFault) and fault.is_of_account:
                raise
            now, refusal = self.now(), ShopFault("refused", fault.what, remedy=fault.remedy)
            self.desk.database.write(lambda tx: self._refused(tx, route, refusal, now))
            return refusal
        return None

    def _refused(self, tx: Tx, route: Route, fault: ShopFault, now: datetime) -> None:
        connecting.remember(tx, route, Found("none", to_text(now), fault.what))
        title = f"VTEX has no {route} of ours any more, and does not take a new one: {fault.what}"
        remedy = fault.remedy or f"VTEX must reach us: check the address, then `wismo vtex connect --{route}`"
        advice = {"advice": fault.remedy} if fault.remedy else {}
        _tell(tx, route, title, remedy, now, {"case": "refused", "what": fault.what, **advice})

    def _judge(self, tx: Tx, route: Route, state: Owner, wanted: str, owner: Owner) -> None:
        now = self.now()
        connecting.remember(tx, route, Found(state, to_text(now)))
        if wanted and owner == "none":
            ledger.set_install(tx, SWEEP_WANTED, to_text(now))
            _tell(tx, route, f"VTEX had deleted our {route}; it was made again", REMADE, now, {"case": "deleted"})
        elif wanted and owner == "foreign":
            title = f"The {route} of our key of VTEX is somebody else's now; it is left alone"
            _tell(tx, route, title, FOREIGN, now, {"case": "foreign"})
        else:
            incidents.close_incident(tx, "shop_hook", route, now)

    # -- the quiet shop ------------------------------------------------------------------------------------------------

    def listen(self) -> Step:
        """Open or close the incident of a shop that tells nothing although it usually does at these hours."""
        now = self.now()
        with self.desk.database.read() as tx:
            quiet = {route: self._is_quiet(tx, route, now) for route in ROUTES}
            known = {row["subject"] for row in incidents.incidents(tx, only_open=True) if row["kind"] == "shop_quiet"}
        if known or any(quiet.values()):
            self.desk.database.write(lambda tx: _say_quiet(tx, quiet, now))
        return Step.IDLE

    def _is_quiet(self, tx: Tx, route: Route, now: datetime) -> bool:
        found = connecting.found(tx, route)
        if found is None or found.state != "ours":
            return False
        since = now - silence.WEEK * (silence.WEEKS + 1)
        return silence.has_gone_quiet(reads.notices(tx, self.name, route, since), now)


def _say_quiet(tx: Tx, quiet: dict[Route, bool], now: datetime) -> None:
    for route, is_quiet in quiet.items():
        if not is_quiet:
            incidents.close_incident(tx, "shop_quiet", route, now)
            continue
        incidents.open_incident(
            tx,
            kind="shop_quiet",
            subject=route,
            title=f"The shop's {route} tells nothing, although it usually does at these hours",
            remedy="See whether the shop sells; if it does, `wismo doctor` and `wismo vtex connect`. It ends by itself",
            figures={"route": route},
            now=now,
        )


def _tell(tx: Tx, route: Route, title: str, remedy: str, now: datetime, figures: Mapping[str, str]) -> None:
    incidents.open_incident(
        tx,
        kind="shop_hook",
        subject=route,
        title=title[:300],
        remedy=remedy,
        figures={"route": route, **figures},
        now=now,
    )
