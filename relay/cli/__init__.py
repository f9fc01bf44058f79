"""The ``wismo`` command: the only place that plugs real things together.

run       up, web, work, migrate    demo  a try-out    wiring    settings -> database, desk, outbox, web app
parcels   add, edit, track, why, override, lift        process   one granian worker, loops, signals
facts     parse, replay, outbox                        logs      one line per push and message
importing a table of orders, whatever its size
care      doctor, health, incidents, pause, keys, …    output    tables and JSON for people and programs
keeping   forget, export, purge                         couriers  whom the shop means, list and set
vtex      connect its hook and feed                     drift     where the shop shows something else
"""

import sys
import traceback
from tempfile import NamedTemporaryFile

import click

from relay.cli import output
from relay.cli.care import COMMANDS as CARE
from relay.cli.couriers import COMMANDS as COURIERS
from relay.cli.demo import COMMANDS as DEMO
from relay.cli.drift import COMMANDS as DRIFT
from relay.cli.facts import COMMANDS as FACTS
from relay.cli.importing import COMMANDS as IMPORTING
from relay.cli.keeping import COMMANDS as KEEPING
from relay.cli.parcels import COMMANDS as PARCELS
from relay.cli.run import COMMANDS as RUN
from relay.cli.vtex import COMMANDS as VTEX
from relay.errors import Ambiguous, BadInput, BadSettings, WismoError

EXIT_NO, EXIT_USAGE = 1, 2


class People(click.Group):
    """Errors are for people: what, why, what to do; never a traceback."""

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


for command in (*RUN, *DEMO, *PARCELS, *IMPORTING, *FACTS, *CARE, *KEEPING, *COURIERS, *VTEX, *DRIFT):
    main.add_command(command)
