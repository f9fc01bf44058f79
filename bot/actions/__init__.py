"""What buttons and windows do. What a button carries is what its card showed: everything is read anew, and rights too.

press     who pressed what, where             answers   privately, in place, in a window
buttons   reply, check, why, page, missing    more      what stands behind the three dots
override  the window that sets a status       form, fields  what it asks, and what was filled in
undo      taking that back                    track     another carrier or number
cards     the card of now                     origins   where a window came from
incidents take, give back, snooze, known              brake     send or drop what is held
untold    whom we did not tell, settled

A listener reads, which takes milliseconds, acknowledges, and only then asks Slack for anything.
"""

import re
from typing import TYPE_CHECKING

from slack_bolt import App

from bot.actions import brake, buttons, form, incidents, more, override, track, undo, untold
from bot.actions.origins import Origins
from relay.desk.parcels import Parcel
from relay.model import Status

if TYPE_CHECKING:
    from bot.app import Bot


def register(app: App, bot: "Bot") -> None:
    kept = Origins()
    app.action("card.reply")(buttons.answered(bot, buttons.reply))
    app.action("card.check")(buttons.answered(bot, buttons.check))
    app.action("card.more")(more.chooses(bot, kept))
    app.action("card.override")(override.opens(bot, kept, override.chosen_by_none))
    app.action("held.arrived")(override.opens(bot, kept, _delivered))
    app.action("held.not_arrived")(override.opens(bot, kept, _as_before))
    app.action(re.compile(r"override\.(parcel|status|until|moment|effects)"))(override.redraws(bot))
    app.view(form.CALLBACK)(override.submits(bot, kept))
    app.view(track.CALLBACK)(track.submits(bot, kept))
    app.action("card.undo")(undo.undoes(bot, kept, undo.undo_seen))
    app.action("undo.anyway")(undo.undoes(bot, kept, undo.end_it))
    incidents.register(app, bot)
    brake.register(app, bot)
    untold.register(app, bot)


def _delivered(_parcel: Parcel) -> Status:
    """A delivery that was held is one: the person's word stands until the carrier says otherwise."""
    return Status.DELIVERED


def _as_before(parcel: Parcel) -> Status:
    """It is none: what the carrier said before stands again, by the person's word, until it says something new."""
    return parcel.status
