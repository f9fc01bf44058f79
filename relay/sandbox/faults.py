"""What may go wrong, one fault for the carrier's pushes, its answers and the shop, and what is then seen."""

from enum import StrEnum


class PushFault(StrEnum):
    """How pushes fail; the value is what people choose from."""

    NONE = "As it should"
    SILENT = "It says nothing"
    THRICE = "It says everything three times"
    DISORDER = "It tells the end before the middle"
    UNREADABLE = "Its words are cut off"
    FORGED = "Somebody else pushes in its name"


class AnswerFault(StrEnum):
    """How answers fail; the value is what people choose from."""

    NONE = "As it should"
    REFUSES = "It refuses our key (401)"
    THROTTLES = "We ask too often (429)"
    DOWN = "It is down (503)"
    HANGS = "It hangs, a letter a second"
    HTML = "It shows a web page (HTML)"
    STRANGER = "It tells of somebody else's parcel"


class VtexFault(StrEnum):
    """How the shop fails; the value is what people choose from."""

    NONE = "As it should"
    REFUSES = "It refuses our key (401)"
    FORBIDS = "It lets us read, not write (403)"
    THROTTLES = "We ask too often (429)"
    DOWN = "It is down (503)"
    SHOWS_NOTHING = "It takes all and shows nothing"
    ADDS = "It adds lines, and replaces none"
    HOOK_LOST = "Its calls do not reach us"
    SLASH = "It puts a slash into invoice numbers"


#: What is seen while a fault is on.
PUSH_EFFECTS = {
    PushFault.NONE: "Each scan is pushed within a second.",
    PushFault.SILENT: "Nothing is pushed. Step the clock: after 6 quiet hours, 45 minutes when a parcel is out for "
    "delivery, Wismo asks by itself, and the state is right all the same.",
    PushFault.THRICE: "Every push comes three times. One line in the history, one mail.",
    PushFault.DISORDER: "Each second scan comes before the one it follows. The state is that of the newest scan, and "
    "a late one never takes it back.",
    PushFault.UNREADABLE: "Half of each push is missing. It is kept, counted as unread, and can be read again after a "
    "fix; what it said comes by asking.",
    PushFault.FORGED: "Pushes come with a wrong secret. They are refused (401) and counted; no state moves.",
}
ANSWER_EFFECTS = {
    AnswerFault.NONE: "Asked, it tells the history of the parcel.",
    AnswerFault.REFUSES: "At the next question an incident opens. Wismo tries the key again after 1, 2, 5, 10 and then "
    "every 15 minutes, and goes on once it is taken.",
    AnswerFault.THROTTLES: "The answer says “try again in 10 minutes”, and Wismo waits 10 minutes. If that lasts, an "
    "incident opens.",
    AnswerFault.DOWN: "Only “tried in vain” moves. Wismo asks again after 5 minutes, 15 minutes, 1 hour and more; soon "
    "an incident opens.",
    AnswerFault.HANGS: "After 45 real seconds Wismo lets go; that counts like no answer. Pushes are taken meanwhile.",
    AnswerFault.HTML: "A page is no answer about a parcel: nothing moves, it is asked again later, and an incident "
    "names the reason.",
    AnswerFault.STRANGER: "Wismo goes by the number and never by the place in an answer: your parcel does not move, "
    "and an incident says why.",
}
VTEX_EFFECTS = {
    VtexFault.NONE: "The shop tells of each order at once, and shows each news of a parcel at once.",
    VtexFault.REFUSES: "Wismo reads no orders and writes no news; mails leave all the same. Step the clock: incidents "
    "name the setting, and nothing is lost.",
    VtexFault.FORBIDS: "At a parcel’s next news an incident opens. The parcel is listed with the right that our key "
    "lacks, and what is to be written waits.",
    VtexFault.THROTTLES: "The shop says “try again in 10 minutes”, and Wismo asks nothing of it for 10 minutes. With "
    "news waiting that is an incident.",
    VtexFault.DOWN: "News wait until it is back, and mails wait for nothing. The first news that cannot be written "
    "opens an incident.",
    VtexFault.SHOWS_NOTHING: "Each writing is answered 200, and read back. The shop shows nothing new: Wismo tries "
    "three times more, and then lists what differs.",
    VtexFault.ADDS: "The second writing doubles the lines. Wismo sees that when it reads them back, and from then on "
    "sends only what is new. The shop stays like that, also without the fault.",
    VtexFault.HOOK_LOST: "Place an order: Wismo does not hear of it, and finds it in the shop’s feed within a minute.",
    VtexFault.SLASH: "Place an order: the shop cannot take what is told of such an invoice. It is listed with what to "
    "do, and the customer is mailed all the same.",
}
