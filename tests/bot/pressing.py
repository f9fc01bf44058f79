"""What a team's lead does with cards, and what comes of it."""

from dataclasses import replace

from relay.sandbox.slack import LEAD, SUPPORT, Answer, Person, Posted, PretendSlack
from relay.store import ledger
from tests.bot.conftest import NUMBER, Office
from tests.conftest import fact
from tests.intake.steps import told


def read_english(slack: PretendSlack, user: str = LEAD) -> None:
    """The one who may correct reads what these tests are written in."""
    slack.workspace.people[user] = Person(user, "lead")


def card_of(office: Office, user: str = LEAD, order_id: str = "1001", channel: str = SUPPORT) -> Posted:
    answer = office.slack.command(f"/track {order_id}", user=user, channel=channel)
    assert answer.message is not None, answer.body
    return answer.message


def told_by(office: Office, answer: Answer) -> Posted:
    """What the press was answered with, for its reader alone."""
    assert (answer.status, answer.refused) == (200, "")
    return office.slack.reply_to(answer)


def pressed(office: Office, action: str, user: str = LEAD) -> str:
    card = card_of(office, user)
    answer = office.slack.press(card, action, user=user)
    found = told_by(office, answer)
    assert found.only_for == user
    return found.words


def chosen(office: Office, word: str, user: str = LEAD) -> Posted:
    card = card_of(office, user)
    return told_by(office, office.slack.choose(card, "card.more", word, user=user))


def audit(office: Office) -> list[tuple[str, str, str]]:
    with office.desk.database.read() as tx:
        rows = ledger.audit_of(tx, "default", "1001")
    return [(row["actor"], row["action"], row["outcome"]) for row in rows]


def hear(office: Office, *statuses: str) -> None:
    facts = [fact(status, hours - 10) for hours, status in enumerate(statuses)]
    told(office.desk.database, office.desk.policy, *facts, number=NUMBER)


def forged(card: Posted, value: str, action: str) -> Posted:
    """The card as another version, or nobody, would have made it."""
    button = {"type": "button", "action_id": action, "value": value, "text": {"type": "plain_text", "text": "x"}}
    return replace(card, said=replace(card.said, blocks=[{"type": "actions", "block_id": "b", "elements": [button]}]))
