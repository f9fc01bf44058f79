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

    @property
    def logs_in(self) -> bool:
        """Whether it asks with a token that it must get first."""
        return self.asks.login is not None and all(self.values.get(name) for name in self.asks.login_with)

    @property
    def key_names(self) -> tuple[str, ...]:
        """The settings that it is let in with."""
        return self.asks.login_with if self.logs_in else self.asks.needs

    def setting(self, name: str) -> str:
        return setting_of(self.slug, name)


def setting_of(slug: str, name: str) -> str:
    return f"WISMO_{slug.upper().replace('-', '_')}_{name}"


def askers_of(settings: Settings, carriers: Mapping[str, Carrier]) -> Sequence[Asker]:
    """Every account that has all it needs."""
    return [
        Asker(carrier, carrier.asks, settings.adapter(slug))
        for slug, carrier in carriers.items()
        if carrier.asks and any(not missing for missing in missing_of(carrier.asks, settings.adapter(slug)))
    ]


def missing_of(asks: Asks, values: Mapping[str, str]) -> list[list[str]]:
    """What an account lacks of each set of settings with which it could ask."""
    return [[name for name in names if not values.get(name)] for names in (asks.needs, asks.or_needs) if names]


def known_names(asks: Asks) -> frozenset[str]:
    """The settings that are read of an account, beside those that every adapter has."""
    return frozenset((*asks.needs, *asks.or_needs, *asks.may_have))


def pause_name(slug: str) -> str:
    """Under which the store remembers that an account waits."""
    return f"ask {slug}"


def who_asks(askers: Sequence[Asker], carrier: str | None) -> Asker | None:
    """A carrier's own adapter when it is configured, else an aggregator that is."""
    own = [asker for asker in askers if asker.slug == carrier]
    return next(iter(own or [asker for asker in askers if asker.asks.is_aggregator]), None)


def nobody_to_ask(carrier: str | None) -> str:
    """What is missing before somebody can be asked about a carrier's parcels."""
    adapter = all_carriers().get(carrier or "")
    if adapter and adapter.asks:
        needed = [setting_of(adapter.slug, name) for name in adapter.asks.needs]
        return f"Set {', '.join(needed)}, or what an aggregator needs"
    return "Set what an aggregator needs, such as WISMO_17TRACK_API_KEY"
