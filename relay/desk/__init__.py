"""What a person may ask and do; the bot, the command line and the web pages all come through here.

find     whatever someone types -> orders        view      an order as JSON, a parcel as its customer sees it
why      which facts, by which rule              correct   add, edit, override, lift
care     pause, go-live, keys, outbox            health    is every promise kept?
typed    what people type, checked               sheet     a table in a file, as spreadsheets write it
cells    what spreadsheets do to values          importing lines checked, the good ones taken
metrics  counts, ages and states for monitoring    measured these as values     meter   read every few seconds
backups  the files of the nightly copies
accounts who can be asked about which parcel      asking  ask now
keeping  what is kept about a person: exported, erased
adding   what a script adds                       keys    who asks, by the key that was shown
listing  pages of shipments, for scripts
couriers whom a shop means by its names for carriers
connecting the shop's hook and feed               asking_shop what nobody here knows, the shop may
nearest  what somebody may have meant              hearing  what is told twice is heard once
watching who watches which order where            noticing  notes on a carrier's or a region's parcels
wanted   a status to be set, checked              effects what a correction makes leave
parcels  a parcel as it is seen, what changed     undo    a correction taken back
questions what is asked in Slack, answered once    following whether the shop has answered
loops    which of our own must run, and have stopped mark    what tells this installation from any other
telling  whether anybody learns of an incident     brake   mails beyond what an hour may bear
untold   whom we did not tell
report   a week or a month, compared               figures  parcels counted     periods  weeks and months
weekly   when a week is told
team     what a person should look at             posts, posted what one message in Slack tells, what became of it
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from relay.database import Database
from relay.intake import Policy
from relay.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """What every question and every correction needs."""

    database: Database
    settings: Settings
    policy: Policy
    #: Called after a commit that made messages, so that they leave at once.
    wake: Callable[[], None] = field(default=lambda: None)
