"""Who can be asked about which parcel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relay.carriers import Asks, Budget, Carrier, all_carriers
from relay.settings import Settings


@dataclass(frozen=True, slots=True)
class Asker:
    """An account at a carrier or an aggregator."""

    carrier: Carrier
    asks: Asks
    values: Mapping[str, str] = field(repr=False)

    @property
    def slug(self) -> str:
        return self.carrier.slug

    @property
    def api_url(self) -> str:
        return self.values.get("API_URL", self.asks.api_url).rstrip("/")

    @property
    def budget(self) -> Budget:
        """The vendor's usual limits, unless the account has others."""
        per_day = self.values.get("API_PER_DAY")
        return Budget(
            float(self.values.get("API_PER_SECOND", self.asks.budget.per_second)),
            int(per_day) if per_day else self.asks.budget.per_day,
        )

    def setting(self, name: str) -> str:
        return f"WISMO_{self.slug.upper().replace('-', '_')}_{name}"


def askers_of(settings: Settings, carriers: Mapping[str, Carrier]) -> Sequence[Asker]:
    """Every account that has all it needs."""
    return [
        Asker(carrier, carrier.asks, settings.adapter(slug))
        for slug, carrier in carriers.items()
        if carrier.asks and carrier.asks.needs and all(settings.adapter(slug).get(name) for name in carrier.asks.needs)
    ]


def who_asks(askers: Sequence[Asker], carrier: str | None) -> Asker | None:
    """A carrier's own adapter when it is configured, else an aggregator that is."""
    own = [asker for asker in askers if asker.slug == carrier]
    return next(iter(own or [asker for asker in askers if asker.asks.is_aggregator]), None)


def nobody_to_ask(carrier: str | None) -> str:
    """What is missing before somebody can be asked about a carrier's parcels."""
    adapter = all_carriers().get(carrier or "")
    if adapter and adapter.asks:
        needed = [f"WISMO_{adapter.slug.upper().replace('-', '_')}_{name}" for name in adapter.asks.needs]
        return f"Set {', '.join(needed)}, or what an aggregator needs"
    return "Set what an aggregator needs, such as WISMO_17TRACK_API_KEY"
