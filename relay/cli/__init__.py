"""The ``wismo`` command: the only place that plugs real things together.

run       up, web, work, migrate    demo  a try-out    wiring    settings -> database, desk
parcels   add, edit, track, why, override, lift        parts     what a process runs   process  how it lives and ends
facts     parse, replay, outbox                        logs      one line per push and message
importing a table of orders, whatever its size         customers the brake on mails, whom we did not tell
incidents list, take, give-back, snooze, known, wake
care      doctor, health, pause, keys, …               output    tables and JSON for people and programs
doctor, …_doctor  everything examined live            finding   one line of it, with its remedy
keeping   forget, export, purge                         couriers  whom the shop means, list and set
vtex      connect its hook and feed                     drift     where the shop shows something else
bot       listen to Slack, the app's manifest           listening Slack's ways in, plugged together
report    a month in figures
"""

import sys
import traceback
from importlib import import_module
from tempfile import NamedTemporaryFile

import click

from relay.cli import output
from relay.errors import Ambiguous, BadInput, BadSettings, WismoError

#: Which file holds which commands. One is loaded when it is named: what it needs takes longer than most of them run.
FAMILIES = {
    "run": ("up", "web", "work", "migrate"),
    "demo": ("demo",),
    "parcels": ("add", "edit", "track", "why", "check", "override", "lift"),
    "importing": ("import",),
    "facts": ("parse", "replay", "outbox"),
    "care": ("doctor", "health", "go-live", "shadow", "pause", "resume", "keys", "backup", "restore"),
    "incidents": ("incidents",),
    "customers": ("brake", "untold"),
    "keeping": ("forget", "export", "purge"),
    "couriers": ("couriers",),
    "vtex": ("vtex",),
    "drift": ("drift",),
    "report": ("report",),
    "bot": ("bot", "slack"),
}
FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names}
EXIT_NO, EXIT_USAGE = 1, 2


class People(click.Group):
    """Errors are for people: what, why, what to do; never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the library's own signature
        return sorted(FAMILY_OF)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        if cmd_name not in FAMILY_OF:
            return None
        commands: tuple[click.Command, ...] = import_module(f"{__name__}.{FAMILY_OF[cmd_name]}").COMMANDS
        return next(command for command in commands if command.name == cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for arg in args:
            if any("\ud800" <= sign <= "\udfff" for sign in arg):
                raise click.UsageError(f"{arg.encode(errors='replace').decode()!r} is not UTF-8", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except WismoError as fault:
            output.line(f"wismo: {fault}", err=True)
            if isinstance(fault, Ambiguous):
                for choice in fault.choices:
                    output.line(f"  {choice}")
            sys.exit(_exit_code(fault))
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as fault:  # noqa: BLE001 - the last resort, for people
            output.line(f"wismo: this failed, and should not have: {type(fault).__name__}: {fault}"[:300], err=True)
            output.line(f"Everything about it stands in {_kept_for_engineers()}", err=True)
            sys.exit(EXIT_NO)


def _kept_for_engineers() -> str:
    with NamedTemporaryFile("w", prefix="wismo-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
    return file.name


def _exit_code(fault: WismoError) -> int:
    is_usage = isinstance(fault, BadInput | BadSettings) and not isinstance(fault, Ambiguous)
    return EXIT_USAGE if is_usage else EXIT_NO


@click.group(cls=People, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="wismo", prog_name="wismo")
def main() -> None:
    """Watch every parcel of a shop, tell its customers, and notice when anything goes quiet.

    \b
    First steps:
      wismo demo                                try it: a pretend world on this machine
      wismo up                                  receive, remember, announce (port 8080)
      wismo add --order 1001 --carrier ups --number 1Z… --email customer@example.com
      wismo track 1001                          what is known of it
      wismo doctor                              is everything set up?
    """
