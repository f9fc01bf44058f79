"""The rules of a parcel. Pure; time is an argument.

state   what its facts amount to, whatever their order    asking  when it is asked about
news    what of that is told, and when             matching   who moves it, by what its shop says
"""

from relay.tracking.asking import Clocks, give_up_at, next_ask, quiet
from relay.tracking.news import (
    News,
    contradicts,
    ended_because,
    is_new,
    mail_due_at,
    message_id,
    news_of,
    passed_over,
    retry_delay,
    round_of,
    undo_window,
    untold_because,
)
from relay.tracking.state import (
    Circumstances,
    Past,
    Verdict,
    belonging,
    decisive,
    estimate,
    implausible,
    precedence,
    state_of,
    timeline,
    verdicts,
)

__all__ = [
    "Circumstances",
    "Clocks",
    "News",
    "Past",
    "Verdict",
    "belonging",
    "contradicts",
    "decisive",
    "ended_because",
    "estimate",
    "give_up_at",
    "implausible",
    "is_new",
    "mail_due_at",
    "message_id",
    "news_of",
    "next_ask",
    "passed_over",
    "precedence",
    "quiet",
    "retry_delay",
    "round_of",
    "state_of",
    "timeline",
    "undo_window",
    "untold_because",
    "verdicts",
]
