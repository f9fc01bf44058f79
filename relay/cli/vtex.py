"""VTEX: let it tell us of orders."""

from collections.abc import Iterator
from contextlib import closing

import click

from relay import clock
from relay.cli import output
from relay.cli.parcels import whoever
from relay.cli.wiring import desk_at_hand
from relay.desk import Desk, connecting
from relay.desk.connecting import ROUTES, Route
from relay.errors import WismoError
from relay.shops.vtex import open_vtex


@click.group()
def vtex() -> None:
    """The shop's platform VTEX.

    \b
    Example:
      wismo vtex connect
    """


@vtex.command()
@click.option("--hook", "is_hook", is_flag=True, help="Only the hook: VTEX calls us.")
@click.option("--feed", "is_feed", is_flag=True, help="Only the feed: VTEX keeps notices until we take them.")
@click.option("--url", help="Where VTEX calls us. [WISMO_PUBLIC_URL/shop/vtex/hook]")
def connect(*, is_hook: bool, is_feed: bool, url: str | None) -> None:
    """Have VTEX tell of every order that changes: by its hook, and by its feed where a call was lost.

    It may be repeated, and tells VTEX the present secret. A hook or feed that Wismo did not make is left alone.

    \b
    Examples:
      wismo vtex connect
      wismo vtex connect --feed            without a public address
      wismo vtex connect --hook --url https://relay.example.com/shop/vtex/hook
    """
    asked: dict[Route, bool] = {"hook": is_hook, "feed": is_feed}
    routes = [route for route in ROUTES if asked[route] or is_hook == is_feed]
    with desk_at_hand() as desk:
        for line in connected(desk, routes, url):
            output.line(line)


def connected(desk: Desk, routes: list[Route], url: str | None = None) -> Iterator[str]:
    """Connect each, the feed first, for it needs no address; what was done. Raises WismoError at what fails."""
    if not desk.settings.vtex_account:
        raise WismoError("no shop is configured", "Set WISMO_VTEX_ACCOUNT, _APP_KEY and _APP_TOKEN")
    with closing(open_vtex(desk.settings)) as account:
        if "feed" in routes:
            connecting.connect_feed(desk, account, whoever(), clock.now())
            yield "feed: VTEX keeps notices for us"
        if "hook" in routes:
            address = url or connecting.hook_url(desk.settings)
            connecting.connect_hook(desk, account, address, whoever(), clock.now())
            yield f"hook: VTEX calls {address}"


COMMANDS = (vtex,)
