"""What is said of incidents: the words of every kind, in one table.

A kind that is opened anywhere has its words here, or a test fails: the title, and what to do. Both are filled with the
figures that the kind was opened with; where these name a ``case``, the words of ``kind.case`` come before the kind's.
How a figure reads is in its name: a number as its reader writes numbers, ``…_at`` a moment, ``what`` a sentence of the
desk's or the far side's, one of :data:`LISTS` a word of a closed list; everything else a name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.words import _, states


@dataclass(frozen=True, slots=True)
class Words:
    title: str  #: begins small, and ends without a full stop: it also stands in a sentence
    remedy: str = ""


_LOOK: Final = _("It goes on by itself; `wismo doctor` says what is wrong")
_UPGRADE: Final = _("Upgrade Wismo, then `%(command)s`: the bodies are kept")
_SOLVED: Final = _("this version of Wismo reads what %(carrier)s sends now; what came before is still to be read again")
_POORER: Final = _(
    "Compare with %(carrier)s's site: it may have changed its API, or what our account may see. It ends when answers "
    "are as rich as before; after two weeks this counts as usual"
)
_STUCK: Final = _(
    "Ask %(carrier)s what is wrong; `/track notice %(slug)s TEXT until DATE` tells it on every card, and in the reply "
    "to a customer"
)
_MUTE_PUSH: Final = _(
    "See whether the carrier still has our webhook, and `wismo doctor`. Meanwhile parcels are asked about, where the "
    "carrier can be asked"
)
_MUTE_POLL: Final = _(
    "Its answers come but bring no news: compare one number with the carrier's own page. If that knows more, tell the "
    "carrier; if nothing moves there either, leave a notice"
)
_BRAKE: Final = _(
    "See what they say and who gets them (`/track brake`), then *Send* or *Drop*; after 48 hours they are dropped"
)
KINDS: Final[Mapping[str, Words]] = {
    # -- carriers ------------------------------------------------------------------------------------------------------
    "ask_refused": Words(
        _("%(carrier)s refuses our key: nobody is asked about its parcels"),
        _("Correct %(settings)s; it goes on by itself"),
    ),
    "ask_failing": Words(
        _("%(carrier)s gives no usable answer: %(failure)s"),
        _("It is tried again by itself, and ends with the next usable answer; the log has each ask"),
    ),
    "ask_failing.redirect": Words(
        _("%(carrier)s gives no usable answer: %(failure)s"), _("Correct %(setting)s, or leave it out")
    ),
    "ask_failing.page": Words(
        _("%(carrier)s gives no usable answer: %(failure)s"),
        _("It is tried again by itself; if it lasts, correct %(setting)s"),
    ),
    "ask_failing.unreadable": Words(
        _("%(carrier)s gives no usable answer: %(failure)s"),
        _("Answers are kept: upgrade Wismo, then `wismo replay --unread`"),
    ),
    "ask_failing.our_fault": Words(
        _("%(carrier)s gives no usable answer: %(failure)s"), _("The log has the traceback; report it")
    ),
    "held_rule": Words(
        _("unusually many deliveries of %(carrier)s are held: %(held)s of %(deliveries)s"),
        _("See `wismo health` for the parcels and `wismo why ORDER` for the rule"),
    ),
    "mute_carrier.push": Words(
        _(
            "%(carrier)s has pushed nothing for %(lasts)s, usually %(usual)s an hour at this time; by its last four "
            "weeks such a silence comes by chance less than once in %(once_in)s times; %(parcels)s parcels are on "
            "their way with it"
        ),
        _MUTE_PUSH,
    ),
    "mute_carrier.push_day": Words(
        _(
            "%(carrier)s has pushed nothing for %(lasts)s, usually %(usual)s a day; by its last four weeks such a "
            "silence comes by chance less than once in %(once_in)s times; %(parcels)s parcels are on their way with it"
        ),
        _MUTE_PUSH,
    ),
    "mute_carrier.poll": Words(
        _(
            "%(carrier)s has answered no news for %(lasts)s, usually %(usual)s an hour at this time; by its last four "
            "weeks such a silence comes by chance less than once in %(once_in)s times; %(parcels)s parcels are on "
            "their way with it"
        ),
        _MUTE_POLL,
    ),
    "mute_carrier.poll_day": Words(
        _(
            "%(carrier)s has answered no news for %(lasts)s, usually %(usual)s a day; by its last four weeks such a "
            "silence comes by chance less than once in %(once_in)s times; %(parcels)s parcels are on their way with it"
        ),
        _MUTE_POLL,
    ),
    "schema_changed.unread": Words(
        _("%(bad)s of the newest %(of)s %(sent)s of %(carrier)s cannot be read, usually %(usual)s %%: %(most)s"),
        _UPGRADE,
    ),
    "schema_changed.unread_first": Words(
        _("%(bad)s of %(of)s %(sent)s of %(carrier)s cannot be read: %(most)s"), _UPGRADE
    ),
    "schema_changed.unknown": Words(
        _(
            "%(bad)s of the newest %(of)s scans of %(carrier)s have codes that Wismo does not know, usually %(usual)s "
            "%%; most frequent: %(most)s"
        ),
        _UPGRADE,
    ),
    "schema_changed.undated": Words(
        _(
            "%(bad)s of the newest %(of)s scans of %(carrier)s have no moment that Wismo can read, usually %(usual)s "
            "%%: %(most)s"
        ),
        _UPGRADE,
    ),
    "schema_changed.unread_solved": Words(_SOLVED, _("Run `%(command)s`")),
    "schema_changed.unknown_solved": Words(_SOLVED, _("Run `%(command)s`")),
    "missed_pushes": Words(
        _(
            "%(missed)s of %(of)s new scans of %(carrier)s in the last day came only by asking: its pushes are "
            "incomplete"
        ),
        _(
            "See at %(carrier)s whether our subscription covers every parcel and every event; parcels are asked about "
            "meanwhile. It ends when its pushes are as complete as before"
        ),
    ),
    "poorer_answers.scans": Words(
        _("answers of %(carrier)s tell less than usual: %(told)s scans a parcel, usually %(usual)s"), _POORER
    ),
    "poorer_answers.places": Words(
        _("answers of %(carrier)s tell less than usual: %(told)s %% of its scans with a place, usually %(usual)s"),
        _POORER,
    ),
    "poorer_answers.descriptions": Words(
        _("answers of %(carrier)s tell less than usual: %(told)s %% of its scans with words, usually %(usual)s"),
        _POORER,
    ),
    "poorer_answers.moments": Words(
        _("answers of %(carrier)s tell less than usual: %(told)s %% of its scans with a moment, usually %(usual)s"),
        _POORER,
    ),
    "poorer_answers.estimates": Words(
        _(
            "answers of %(carrier)s tell less than usual: %(told)s %% of its parcels with an expected date, usually "
            "%(usual)s"
        ),
        _POORER,
    ),
    "stuck_cohort.place": Words(
        _(
            "%(still)s parcels of %(carrier)s stand still in %(place)s since %(since_at)s (of %(there)s there; usually "
            "%(usual)s)"
        ),
        _STUCK,
    ),
    "stuck_cohort.day": Words(
        _(
            "%(still)s parcels that %(carrier)s took on %(day)s stand still since %(since_at)s (of %(there)s of that "
            "day; usually %(usual)s)"
        ),
        _STUCK,
    ),
    "stuck_cohort.all": Words(
        _(
            "%(still)s parcels of %(carrier)s stand still since %(since_at)s (of %(there)s on their way; usually "
            "%(usual)s)"
        ),
        _STUCK,
    ),
    "stuck_cohort.several": Words(
        _(
            "%(still)s parcels of %(carrier)s stand still at %(places)s places since %(since_at)s (of %(there)s there; "
            "usually %(usual)s)"
        ),
        _STUCK,
    ),
    # -- customers and channels ----------------------------------------------------------------------------------------
    "untold": Words(
        _("customers were not told of some news"),
        _("`/track untold` lists whom, of what and why; `/track override ORDER` tells one"),
    ),
    "mail_brake.usual": Words(
        _("mail number %(nth)s of this hour is held, and those after it: usually at most %(usual)s leave in an hour"),
        _BRAKE,
    ),
    "mail_brake.young": Words(
        _("mail number %(nth)s of this hour is held, and those after it: so far at most %(usual)s left in an hour"),
        _BRAKE,
    ),
    "mail_brake.set": Words(
        _("mail number %(nth)s of this hour is held, and those after it: WISMO_MAIL_BRAKE allows %(limit)s"), _BRAKE
    ),
    "mail_brake.raised": Words(
        _(
            "mail number %(nth)s of this hour is held, and those after it: after mails were let go, %(limit)s an hour "
            "are allowed"
        ),
        _BRAKE,
    ),
    "dead_message": Words(
        _("messages could not be sent and were given up (%(channel)s)"),
        _("See `wismo outbox --state dead`; `wismo outbox retry ID` sends one again"),
    ),
    "channel_down": Words(
        _("nothing leaves at present (%(channel)s): %(what)s"),
        _("Nothing is lost: it is tried every minute and goes on by itself; check the server and the settings"),
    ),
    # -- the shop ------------------------------------------------------------------------------------------------------
    "shop_refused": Words(_("the shop refuses us: no order is read (%(what)s)"), _LOOK),
    "shop_down": Words(
        _("the shop gives no usable answer: no order is read (%(what)s)"),
        _("It is tried again by itself; nothing is lost"),
    ),
    "shop_job": Words(
        _("the shop refuses what Wismo needs (%(job)s): %(what)s"),
        _("It is tried again every 15 minutes; see `wismo doctor`"),
    ),
    "shop_adds": Words(
        _("the shop adds lines to a parcel's history instead of replacing them"),
        _("Wismo tells it only what is new from now on; what is there twice stays until its Admin removes it"),
    ),
    "shop_quiet": Words(
        _("the shop's %(route)s tells nothing, although it usually does at these hours"),
        _("See whether the shop sells; if it does, `wismo doctor` and `wismo vtex connect`. It ends by itself"),
    ),
    "shop_hook.refused": Words(
        _("VTEX has no %(route)s of ours any more, and does not take a new one: %(what)s"),
        _("VTEX must reach us: check the address, then `wismo vtex connect --%(route)s`"),
    ),
    "shop_hook.deleted": Words(
        _("VTEX had deleted our %(route)s; it was made again"),
        _("Nothing is lost: a sweep looks for what changed meanwhile. VTEX deletes what was idle for some days"),
    ),
    "shop_hook.foreign": Words(
        _("the %(route)s of our key of VTEX is somebody else's now; it is left alone"),
        _("Give Wismo a key of VTEX of its own, or remove the other one, then `wismo vtex connect`"),
    ),
    # -- this installation ---------------------------------------------------------------------------------------------
    "watch_blind": Words(
        _("Wismo cannot look after %(check)s (%(fault)s)"),
        _("The log has the traceback; report it. Nothing else is held up"),
    ),
    "storage": Words(
        _("pushes were refused with 503: %(what)s"),
        _("Free space on the database's disk; carriers send again by themselves"),
    ),
    "copied": Words(
        _("this database is a copy (of %(known)s); if the original still runs, both would tell customers"),
        _("Stop the other one, then `wismo resume all`"),
    ),
    "backup.tonight": Words(
        _("tonight's backup failed: %(what)s"),
        _("Check WISMO_BACKUP_DIR and its free space; it is tried again every hour"),
    ),
    "backup.long": Words(
        _("there is no backup for %(hours)s hours: %(what)s"),
        _("Check WISMO_BACKUP_DIR and its free space; it is tried again every hour"),
    ),
    "backup.never": Words(
        _("there is no backup at all: %(what)s"),
        _("Check WISMO_BACKUP_DIR and its free space; it is tried again every hour"),
    ),
    "disk": Words(
        _("the disk of the %(disk)s is nearly full: %(left_gb)s GB free, %(wanted_gb)s GB wanted"),
        _("Free space: when it is full, pushes are refused with 503"),
    ),
    "outside_down": Words(
        _("nothing outside answers: %(sides)s far sides are lost since %(since_at)s"),
        _("Look at this machine's network and DNS; `wismo doctor` tries each far side. All go on by themselves"),
    ),
    # -- Wismo itself --------------------------------------------------------------------------------------------------
    "loop_stopped.all_never": Words(
        _("nothing works here yet: no loop runs, nobody is asked or told"),
        _("Start `wismo up`, or `wismo work` beside `wismo web`"),
    ),
    "loop_stopped.all_long": Words(
        _("nothing works here since %(since_at)s: no loop runs, nobody is asked or told"),
        _("Start `wismo up`, or `wismo work` beside `wismo web`"),
    ),
    "loop_stopped.never": Words(
        _("the %(loop)s loop has never run"),
        _("The log says why; if nothing of it does, start `wismo up` or `wismo work` anew"),
    ),
    "loop_stopped.long": Words(
        _("the %(loop)s loop has not run since %(since_at)s"),
        _("The log says why; if nothing of it does, start `wismo up` or `wismo work` anew"),
    ),
    "loop_stopped.socket_never": Words(
        _("there is no connection to Slack yet: /track is not heard"),
        _("`wismo doctor` says why; `wismo up` or `wismo bot` must run"),
    ),
    "loop_stopped.socket_long": Words(
        _("there is no connection to Slack since %(since_at)s: /track is not heard"),
        _("`wismo doctor` says why; `wismo up` or `wismo bot` must run"),
    ),
    "heartbeat_down": Words(
        _("the heartbeat's service does not take our pings (%(fault)s): it cannot miss us"),
        _("Check WISMO_HEARTBEAT_URL, and that this machine may reach it; `wismo doctor` tries it"),
    ),
    "slack_lost.token": Words(
        _("Slack does not take our token (%(word)s): the team is not told"),
        _("Install the app again, and put its Bot User OAuth Token into WISMO_SLACK_BOT_TOKEN (`wismo doctor`)"),
    ),
    "slack_lost.channel": Words(
        _("Slack lets us post nothing in %(place)s (%(word)s): the team is not told"),
        _("Invite the app there with /invite, or name another channel; `wismo doctor` tries it"),
    ),
    "database_damaged": Words(
        _("the database is damaged: %(what)s"),
        _("Stop Wismo, `wismo restore` the newest good backup, and have the disk examined"),
    ),
    "clock_jump.forward": Words(
        _("the clock was put forward by %(minutes)s minutes: what was planned for that time is due at once"),
        _("See that a time service (NTP) keeps the clock, and that the machine does not sleep. It ends after an hour"),
    ),
    "clock_jump.back": Words(
        _("the clock was put back by %(minutes)s minutes: what was planned already comes later by as much"),
        _("See that a time service (NTP) keeps the clock, and that the machine does not sleep. It ends after an hour"),
    ),
    "clock_jump.slept": Words(
        _("the machine slept for %(minutes)s minutes: nothing was received, asked or told meanwhile"),
        _("See that a time service (NTP) keeps the clock, and that the machine does not sleep. It ends after an hour"),
    ),
    "expiring.certificate_soon": Words(
        _("the certificate of %(host)s ends %(until_at)s"),
        _("Renew it where it is kept, at the proxy as a rule. It is looked at every hour until then"),
    ),
    "expiring.certificate_urgent": Words(
        _("the certificate of %(host)s ends within a week: %(until_at)s"),
        _("Renew it where it is kept, at the proxy as a rule. It is looked at every hour until then"),
    ),
    "expiring.certificate_over": Words(
        _("the certificate of %(host)s ended %(until_at)s: no browser and no carrier trusts it"),
        _("Renew it where it is kept, at the proxy as a rule. It is looked at every hour until then"),
    ),
    "expiring.pushes": Words(
        _("%(carrier)s pushes a parcel for %(days)s days, and %(parcels)s that are open come to that"),
        _("Register them again at %(carrier)s, or set the keys it is asked with: `wismo doctor` names them"),
    ),
    "canary.door": Words(
        _("a push of our own does not get in at %(address)s: %(what)s"),
        _("Check WISMO_PUBLIC_URL, the proxy in front and its certificate: carriers cannot reach us either"),
    ),
    "canary.store": Words(
        _("a push of our own to %(address)s is not kept: %(what)s"),
        _("Check where the address leads, and the database's disk; `wismo doctor` tries both"),
    ),
    "canary.mail": Words(
        _("a push of our own leads to no mail: %(what)s"),
        _("The log has more; `wismo doctor` tries the settings. Pushes are kept, but customers hear nothing"),
    ),
    # -- a broken promise without an incident, for `/track health` -----------------------------------------------------
    "no_database": Words(_("the database does not answer: %(what)s")),
    "unmigrated": Words(_("the database lacks %(lacking)s: run `wismo migrate`")),
}
CHANNELS: Final[Mapping[str, str]] = {
    "email": _("e-mail"),
    "shop": _("shop"),
    "slack": "Slack",
    "alert": _("alert mail"),
}
#: Figures that are words of a closed list, by their names.
LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    "failure": states.FAILURES,
    "channel": CHANNELS,
    "sent": {"pushes": _("pushes"), "answers": _("answers"), "messages": _("messages")},
    "disk": {"database": _("database"), "backups": _("backups")},
    "job": {
        "look": _("looking after hook and feed"),
        "feed": _("reading the feed"),
        "listen": _("listening"),
        "sweep": _("looking through the orders"),
    },
}
