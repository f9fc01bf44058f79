"""What people, carriers and Wismo itself do on a day, each as one act of a script; what must come of it is noted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from relay.database import Tx
from relay.sandbox.slack import AGENT, LEAD, SUPPORT, Answer, Posted, elements_of
from relay.store import incidents
from tests.bot.badday import BadDay
from tests.bot.mustbe import Parcel
from tests.conftest import fact
from tests.intake.steps import about, add_order, hear

Act = Callable[[BadDay, "Script"], None]

PEOPLE: Final = (AGENT, LEAD)
MOVES: Final = ("in_transit", "out_for_delivery", "attempted", "available_for_pickup", "exception")
REASON: Final = "the customer called us about it"
#: No delivery is believed sooner than half an hour after the first scan.
BELIEVED: Final = 1900
#: Of an incident that has no words of its own, so that its title is shown.
KIND: Final = "odd"
BEGUN: Final = {"yes": "is told there", "already": "watched there already", "over": "has ended"}


@dataclass
class Script:
    """What the acts remember between them."""

    scans: dict[str, list[int]] = field(default_factory=dict)  #: of each number, when
    questions: list[Posted] = field(default_factory=list)  #: somebody's messages, in whose threads orders are watched
    asked: dict[str, int] = field(default_factory=dict)  #: by thread: how many answers it must have
    shown: list[tuple[Answer, str]] = field(default_factory=list)  #: commands, and a word that their answer must have
    incidents: dict[str, str] = field(default_factory=dict)  #: by id: whose it is
    closed: set[str] = field(default_factory=set)


def begin(day: BadDay) -> None:
    for order_id, parcels in day.expected.orders.items():
        for number in parcels:
            add_order(day.desk.database, day.desk.policy, order_id, number=number)


def orders(count: int) -> dict[str, dict[str, Parcel]]:
    """The last one in two parcels."""
    found = {f"{1001 + place}": {f"1Z{1001 + place}A": Parcel()} for place in range(count)}
    found[f"{1000 + count}"][f"1Z{1000 + count}B"] = Parcel()
    return found


# -- people ask --------------------------------------------------------------------------------------------------------

LINES: Final = ("{}", "#{}", "1Z{}A", "pedido {} da Ana", "why {}", "<https://shop.example/orders/{}|{}>")
#: And a word of the answer.
OTHER_LINES: Final = (
    ("help", "/track"),
    ("health", ""),
    ("list", ""),
    ("check 1003", "Nobody can be asked about UPS"),
    ("9999999", "9999999"),
    ("1001 1002 77777", "1002"),
)


def ask(day: BadDay, script: Script) -> None:
    order_id, user = day.dice.choice([*day.expected.orders]), day.dice.choice(PEOPLE)
    line, word = day.dice.choice(LINES).format(order_id, order_id), order_id
    if day.dice.random() < 0.2:
        line, word = day.dice.choice(OTHER_LINES)
    day.before()
    script.shown.append((day.did(day.slack.command(f"/track {line}", user=user)), word))


def mention(day: BadDay, script: Script) -> None:
    question = day.slack.say("Where is it?", user=day.dice.choice(PEOPLE))
    line = day.dice.choice(("{}", "why {}", "where is {}?", "no order at all 8888888")).format(
        day.dice.choice([*day.expected.orders])
    )
    day.before()
    day.did(day.slack.mention(line, user=day.dice.choice(PEOPLE), thread_ts=question.ts))
    script.asked[question.ts] = 1


def point(day: BadDay, script: Script) -> None:
    message = day.slack.say(f"My order {day.dice.choice([*day.expected.orders])} is late")
    day.before()
    day.did(day.slack.message_shortcut("track.message", message, user=day.dice.choice(PEOPLE)))
    script.asked[message.ts] = 1


def search(day: BadDay, _script: Script) -> None:
    user = day.dice.choice(PEOPLE)
    day.before()
    day.did(day.slack.shortcut("track.global", user=user))
    order_id = day.dice.choice([*day.expected.orders])
    window = day.slack.wait_for_modal(user)
    day.before()
    assert day.did(day.slack.submit(window, {"query": order_id})).action == "update"
    assert order_id in window.words


def open_home(day: BadDay, _script: Script) -> None:
    day.before()
    day.did(day.slack.opens_home(day.dice.choice(PEOPLE)))


def press(day: BadDay, script: Script) -> None:
    """What a card offers to anybody; its answer is for whoever pressed."""
    user = day.dice.choice(PEOPLE)
    card = _card(day, day.dice.choice([*day.expected.orders]), user)
    day.before()
    if day.dice.random() < 0.5:
        answer = day.slack.press(card, "card.reply", user=user)
    else:
        answer = _choose(day, card, "why", user)
    day.did(answer)
    script.shown.append((answer, ""))


def _card(day: BadDay, order_id: str, user: str) -> Posted:
    day.before()
    answer = day.did(day.slack.command(f"/track {order_id}", user=user))
    return day.slack.reply_to(answer)


def _choose(day: BadDay, card: Posted, word: str, user: str) -> Answer:
    """Each parcel of several has a menu of its own, and the order another one."""
    menus = [one for _block, one in elements_of(card.blocks) if one.get("action_id") == "card.more"]
    place = next(place for place, one in enumerate(menus) if word in {option["value"] for option in one["options"]})
    return day.slack.choose(card, "card.more", word, user=user, nth=place)


# -- people watch ------------------------------------------------------------------------------------------------------


def watch_in_thread(day: BadDay, script: Script) -> None:
    """In one of few threads, so that some watch what is watched there, and some threads hear of several orders."""
    order_id, user = day.dice.choice([*day.expected.orders]), day.dice.choice(PEOPLE)
    if len(script.questions) < 8:
        script.questions.append(day.slack.say("Tell us", user=user))
    question = day.dice.choice(script.questions)
    day.before()
    day.did(day.slack.mention(f"watch {order_id}", user=user, thread_ts=question.ts))
    day.expected.watch(order_id, question.ts, user)
    script.asked[question.ts] = script.asked.get(question.ts, 0) + 1


def watch_by_command(day: BadDay, script: Script) -> None:
    """It begins a thread of its own."""
    order_id, user = day.dice.choice([*day.expected.orders]), day.dice.choice(PEOPLE)
    before = _begun(day)
    day.before()
    if day.dice.random() < 0.5 or day.expected.is_over(order_id):
        answer = day.slack.command(f"/track watch {order_id}", user=user)
    else:
        answer = _choose(day, _card(day, order_id, user), "watch", user)
    day.did(answer)
    begun = [ts for ts in _begun(day) if ts not in before]
    assert len(begun) == (not day.expected.is_over(order_id)), begun
    came = day.expected.watch(order_id, begun[0] if begun else "", user)
    script.shown.append((answer, BEGUN[came]))


def _begun(day: BadDay) -> list[str]:
    return [one.ts for one in day.slack.posted(SUPPORT) if not one.thread_ts and " watches order " in one.text]


# -- carriers say something --------------------------------------------------------------------------------------------


def push(day: BadDay, script: Script) -> None:
    if not day.expected.open_orders():
        return
    order_id = day.dice.choice(day.expected.open_orders())
    number = day.dice.choice([*day.expected.orders[order_id]])
    status, scans = day.dice.choice(MOVES), script.scans.setdefault(number, [])
    is_believed = len(scans) > 1 and day.clock.past - scans[0] > BELIEVED
    parcel = day.expected.orders[order_id][number]
    if parcel.said == "delivered":
        return
    if is_believed and day.dice.random() < 0.2:
        status = "delivered"
    for _repeat in range(day.dice.choice((1, 1, 2, 3))):
        _hear(day, number, status, day.clock.past)
    if scans and day.dice.random() < 0.2:  # what should have come before
        _hear(day, number, "in_transit", scans[-1] - 1)
    scans.append(day.clock.past)
    day.expected.says(order_id, number, status, day.clock.past)


def _hear(day: BadDay, number: str, status: str, scanned: int) -> None:
    told = about(fact(status, scanned / 3600, place=day.dice.choice(("Cajamar", "<!channel> *x*"))), number=number)
    hear(day.desk.database, day.desk.policy, told, at=day.clock.past / 3600, envelope=str(day.dice.random()))


# -- people correct ----------------------------------------------------------------------------------------------------


def correct(day: BadDay, _script: Script) -> None:
    found = [one for one in day.expected.open_orders() if len(day.expected.orders[one]) == 1]
    if not found:
        return
    order_id = day.dice.choice(found)
    shown = next(iter(day.expected.shown(order_id).values()))
    status = day.dice.choice([one for one in MOVES if one != shown])
    until = day.dice.choice(("carrier", "lifted"))
    day.before()
    day.did(day.slack.command(f"/track override {order_id}", user=LEAD))
    window = day.slack.wait_for_modal(LEAD)
    for name, value in (("status", status), ("until", until)):
        day.before()
        day.did(day.slack.choose(window, f"override.{name}", value, user=LEAD))
    day.before()
    done = day.did(day.slack.submit(window, {"reason": REASON}))
    assert (done.action, done.errors) == ("update", {})
    assert f"Order {order_id} is now shown as" in window.words, window.words
    day.expected.corrects(order_id, status, until, day.clock.past)


def undo(day: BadDay, _script: Script) -> None:
    found = [
        one
        for one, parcels in day.expected.orders.items()
        if any(parcel.correction for parcel in parcels.values()) and not day.expected.is_over(one)
    ]
    if found:
        order_id = day.dice.choice(found)
        card = _card(day, order_id, LEAD)
        day.before()
        day.did(day.slack.press(card, "card.undo", user=LEAD))
        day.expected.lifts(order_id, day.clock.past)


# -- incidents ---------------------------------------------------------------------------------------------------------


def incident(day: BadDay, script: Script) -> None:
    subject = f"carrier-{len(script.incidents)}"

    def work(tx: Tx) -> str:
        title, now = f"{subject} gives no usable answer", day.clock.now()
        return incidents.open_incident(tx, kind=KIND, subject=subject, title=title, remedy="Look at it", now=now)

    script.incidents[day.desk.database.write(work)] = ""
    day.send()  # what is over before anybody could be told is not told


def take(day: BadDay, script: Script) -> None:
    """From the list of now, by whoever is first."""
    open_ones = [one for one in script.incidents if one not in script.closed and not script.incidents[one]]
    if not open_ones:
        return
    taken, user = day.dice.choice(open_ones), day.dice.choice(PEOPLE)
    day.before()
    shown = day.slack.reply_to(day.did(day.slack.command("/track list", user=user)))
    buttons = [one for _block, one in elements_of(shown.blocks) if one.get("action_id") == "list.take"]
    place = next(place for place, one in enumerate(buttons) if taken in one["value"])
    day.before()
    day.did(day.slack.press(shown, "list.take", user=user, nth=place))
    script.incidents[taken] = user


def close(day: BadDay, script: Script) -> None:
    open_ones = [one for one in script.incidents if one not in script.closed]
    if open_ones:
        over = day.dice.choice(open_ones)
        subject = f"carrier-{list(script.incidents).index(over)}"
        day.desk.database.write(lambda tx: incidents.close_incident(tx, KIND, subject, day.clock.now()))
        script.closed.add(over)


#: How often each is done among a hundred.
ACTS: Final[Mapping[Act, int]] = {
    ask: 17,
    mention: 10,
    point: 4,
    search: 3,
    open_home: 5,
    press: 7,
    watch_in_thread: 10,
    watch_by_command: 4,
    push: 28,
    correct: 5,
    undo: 3,
    incident: 1,
    take: 2,
    close: 1,
}


def play(day: BadDay, acts: int) -> Script:
    """So many acts one after another: some within the same minute, some hours apart."""
    script = Script()
    begin(day)
    for act in day.dice.choices([*ACTS], [*ACTS.values()], k=acts):
        day.clock.past += day.dice.choice((3, 11, 20, 45, 120, 240))
        act(day, script)
        if day.dice.random() < 0.7:
            day.send()
    day.end()
    return script
