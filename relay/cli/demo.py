"""A pretend world to try Wismo in: the real relay, and everybody that it talks to, on this machine."""

import os
import secrets
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import click
from flask import Flask

from relay.carriers import all_carriers
from relay.cli import output
from relay.cli.listening import listen
from relay.cli.logs import configure_logs
from relay.cli.parts import parts
from relay.cli.process import Loop, refuse_taken_port, serve, use_utc
from relay.errors import BadInput, WismoError
from relay.sandbox.vtex.store import FIRST_SEQUENCE
from relay.settings import Settings, load_settings
from relay.web import create_app

if TYPE_CHECKING:
    from relay.sandbox.world import FarSide

PORTS = click.IntRange(1, 65535)
#: What the demo needs and a shop does not; in the extra ``demo``.
NEEDED = "aiosmtpd"
DATABASE, LOG = "wismo.db", "wismo.log"


@dataclass(frozen=True, slots=True)
class Plan:
    host: str
    port: int
    panel_port: int
    folder: Path


@click.command()
@click.option("--port", type=PORTS, default=8080, show_default=True, help="The relay's port.")
@click.option("--panel-port", type=PORTS, default=8090, show_default=True, help="The port of the demo's own pages.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Keep the data here. [default: new]")
def demo(port: int, panel_port: int, host: str, folder: Path | None) -> None:
    """Try it: the real relay with a pretend carrier, VTEX store, mailbox, Slack, and a clock to put forward.

    Nothing leaves this machine, and no setting of yours is read.

    \b
    Example:
      wismo demo          then open http://127.0.0.1:8090
    """
    if find_spec(NEEDED) is None:
        raise WismoError(f"the demo's mail server needs {NEEDED}", "Run `pip install 'wismo[demo]'`")
    use_utc()
    refuse_taken_port(host, port, "Stop what uses it, or give --port")
    refuse_taken_port(host, panel_port, "Stop what uses it, or give --panel-port")
    plan = Plan(host, port, panel_port, _folder(folder))
    raise SystemExit(serve(host, port, partial(_load, plan)))


COMMANDS = (demo,)


def _folder(given: Path | None) -> Path:
    if given is None:
        return Path(mkdtemp(prefix="wismo-demo-"))
    given.mkdir(parents=True, exist_ok=True)
    if any(given.iterdir()):
        raise BadInput("folder", f"{given} is not empty", "A demo starts afresh: give a new folder")
    return given.absolute()


def _load(plan: Plan) -> tuple[Flask, Callable[[], None]]:
    """In the worker, after the fork: the pretend world, the relay, and the pages about both; all on one clock."""
    if (plan.folder / DATABASE).exists():  # a worker before this one died, and took the pretend world with it
        raise WismoError("the demo broke off", f"Start it anew; what was logged stands in {plan.folder / LOG}")
    # Imported here: the mail server is in an extra.
    from relay.sandbox.carrier import SLUG, Account  # noqa: PLC0415
    from relay.sandbox.panel import panel_app  # noqa: PLC0415
    from relay.sandbox.serving import served  # noqa: PLC0415
    from relay.sandbox.slack_looks import seat  # noqa: PLC0415
    from relay.sandbox.stepped import SteppedClock  # noqa: PLC0415
    from relay.sandbox.world import World, open_far_side  # noqa: PLC0415

    ending = ExitStack()
    clock, account = SteppedClock(), Account()
    far = ending.enter_context(open_far_side(clock, account))
    settings = _settings(plan, far)
    running = parts(settings, with_loops=True, now=clock.now)
    ending.callback(running.close)
    slack = listen(running.desk, clock.now, with_socket=False)
    ending.callback(slack.close)
    seat(far.slack.workspace)
    far.slack.sender.events_url = f"{settings.public_url}/slack/events"
    around = World(far, running.desk, {loop.name: loop.turn for loop in running.loops})
    far.carrier.push_url = f"{settings.public_url}/push/{SLUG}"
    telling = Loop("far side", around.round)
    ending.callback(telling.stop, timeout_s=2.0)
    ending.enter_context(served(panel_app(around), plan.host, plan.panel_port))
    ending.callback(far.carrier.closing.set)  # what hangs or steps lets go first of all
    _say_where(plan, settings)
    _log_into(plan.folder / LOG)
    for loop in (*running.loops, telling):
        loop.start()
    return create_app(running.desk, running.refused, clock.now, slack.blueprints), ending.close


def _settings(plan: Plan, far: "FarSide") -> Settings:
    """Of the pretend world alone: neither the environment nor a ``.env`` of real life is read."""
    from relay.sandbox.slack import LEAD, OPS, SUPPORT  # noqa: PLC0415 - as above
    from relay.sandbox.slack_looks import CORRECTORS  # noqa: PLC0415 - as above

    account = far.carrier.account
    given = {
        "WISMO_DATABASE_URL": f"sqlite:{plan.folder / DATABASE}",
        "WISMO_HOST": plan.host,
        "WISMO_PORT": str(plan.port),
        "WISMO_LIVE": "yes",
        "WISMO_LOCALE": "en",
        "WISMO_BACKUP_DIR": str(plan.folder / "backups"),
        "WISMO_SHOP_NAME": "Pretend Shop",
        "WISMO_SUPPORT_EMAIL": "help@shop.example",
        "WISMO_MAIL_URL": f"smtp://127.0.0.1:{far.mailbox.port}",
        "WISMO_MAIL_FROM": "orders@shop.example",
        "WISMO_MAIL_STATUSES": "info_received,in_transit,out_for_delivery,attempted,available_for_pickup,delivered",
        "WISMO_MAIL_GAP_MINUTES": "0",
        "WISMO_CUSTOMER_MAIL": "wismo",
        "WISMO_VTEX_ACCOUNT": far.vtex.store.account,
        "WISMO_VTEX_URL": far.vtex.url,
        "WISMO_VTEX_APP_KEY": far.vtex.key.app_key,
        "WISMO_VTEX_APP_TOKEN": far.vtex.key.app_token,
        "WISMO_VTEX_HOOK_SECRET": secrets.token_hex(16),
        "WISMO_VTEX_WRITE": "if-empty",
        "WISMO_SLACK_API_URL": far.slack.api_url,
        "WISMO_SLACK_BOT_TOKEN": far.slack.token,
        "WISMO_SLACK_SIGNING_SECRET": far.slack.signing_secret,
        "WISMO_SLACK_CHANNEL": SUPPORT,
        "WISMO_SLACK_OPS_CHANNEL": OPS,
        "WISMO_SLACK_OWNER": LEAD,
        "WISMO_SLACK_OVERRIDE_USERS": CORRECTORS,
        "WISMO_UPS_PUSH_SECRETS": account.push_secret,
        "WISMO_UPS_CLIENT_ID": account.client_id,
        "WISMO_UPS_CLIENT_SECRET": account.client_secret,
        "WISMO_UPS_API_URL": far.carrier.url,
        "WISMO_UPS_API_PER_SECOND": "100",
    }
    # For commands from a second shell.
    (plan.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    return load_settings(given, None, slugs={slug: one.secret_fault for slug, one in all_carriers().items()})


def _say_where(plan: Plan, settings: Settings) -> None:
    panel_url = f"{settings.public_url.rpartition(':')[0]}:{plan.panel_port}"
    program = Path(sys.argv[0]).absolute() if Path(sys.argv[0]).name == "wismo" else "wismo"
    output.line(
        f"The demo   {panel_url}   open this\n"
        f"The relay  {settings.public_url}\n"
        f"Its data   {plan.folder}   to look into it from a second shell:\n"
        f"           cd {plan.folder} && WISMO_DATABASE_URL={settings.database_url} {program} track {FIRST_SEQUENCE}\n"
        "Ctrl-C ends it."
    )
    sys.stdout.flush()


def _log_into(file: Path) -> None:
    """What the relay logs, it logs as always, but into a file: the terminal keeps what was just said."""
    with file.open("ab") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    configure_logs()
