"""How often a caller may ask, counted in the memory of this process."""

from math import ceil

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from relay import clock
from relay.web.errors import HttpFault

#: Of one key.
PER_KEY = RateLimitItemPerMinute(600)
#: Of one address without a valid key. Whoever has one is never kept waiting by somebody who guesses beside him.
PER_STRANGER = RateLimitItemPerMinute(30)


class Rates:
    """Not Flask's extension of the same library: its hooks run for every push as well."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def count(self, limit: RateLimitItem, caller: str) -> None:
        """Raises HttpFault 429 if that was once too often."""
        if self._limiter.hit(limit, caller):
            return
        # The library counts by the machine's clock.
        wait = self._limiter.get_window_stats(limit, caller).reset_time - clock.now().timestamp()
        seconds = str(max(1, ceil(wait)))
        raise HttpFault(
            429,
            "you ask too often",
            f"at most {limit.amount} requests a minute",
            f"Wait {seconds} seconds",
            headers={"Retry-After": seconds},
        )
