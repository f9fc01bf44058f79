"""Links to orders that somebody posts: a preview of two lines, without anything about the customer."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from slack_bolt import App, BoltContext

from bot import blocks, lookup
from bot.blocks import shapes
from bot.reader import reader_of
from bot.rights import is_ours
from bot.values import Reader
from bot.words import _, outside, say
from relay.settings import Settings

if TYPE_CHECKING:
    from bot.app import Bot

Body = Mapping[str, Any]
#: Links of one message that get a preview.
MOST: Final = 5
#: What stands in the addresses of orders; a number in that of a product is not one of an order.
OF_ORDERS: Final = ("order", "pedido")


def register(app: App, bot: "Bot") -> None:
    @app.event("link_shared")
    def shared(event: dict[str, Any], context: BoltContext) -> None:
        _preview(bot, event, context.team_id or "")


def _preview(bot: "Bot", event: Body, team_id: str) -> None:
    """For links that people of our own post; a stranger in a shared channel learns nothing by posting one."""
    user_id = str(event.get("user") or "")
    about = bot.people.about(bot.client, user_id, bot.settings.slack_override_group, bot.now())
    if not is_ours(about):
        return
    urls = [str(link["url"]) for link in event.get("links", ())][:MOST]
    unfurls = dict(_unfurls(bot, urls, reader_of(bot, user_id, team_id)))
    if not unfurls:
        return
    if event.get("source") == "composer":  # not posted yet
        bot.client.chat_unfurl(unfurl_id=event["unfurl_id"], source="composer", unfurls=unfurls)
    else:
        bot.client.chat_unfurl(channel=event["channel"], ts=event["message_ts"], unfurls=unfurls)


def _unfurls(bot: "Bot", urls: list[str], reader: Reader) -> Iterator[tuple[str, dict[str, Any]]]:
    for looked in lookup.look(bot, [url for url in urls if may_be_order(bot.settings, url)]):
        if len(looked.hits) == 1:
            card = lookup.read_cards(bot, looked.hits)[0]
            order = say(reader.locale)(_("Order %(order)s")) % {"order": outside.mrkdwn(card.order_id, outside.PLACE)}
            text = f"*{order}*\n{blocks.card(card, reader, bot.now()).text}"
            yield looked.query, {"blocks": [shapes.section(text)]}


def may_be_order(settings: Settings, url: str) -> bool:
    return url.startswith(f"{settings.public_url}/t/") or any(word in url.casefold() for word in OF_ORDERS)
