"""Disk, rights of the settings' file, and the ways of mail and alarms, examined."""

import os
import shutil
import smtplib
import stat
from collections.abc import Iterator
from pathlib import Path

from relay.cli.finding import Finding, failed, well
from relay.desk.telling import ways_of
from relay.errors import SendFailed
from relay.settings import Settings
from relay.settings.given import DOTENV

ENOUGH_DISK = 500 * 1024 * 1024
#: For the mail server, in seconds.
TIMEOUT_S = 10.0


def examine_disk(settings: Settings) -> Iterator[Finding]:
    places = {}
    if settings.database_url.startswith("sqlite:"):
        places["the database"] = Path(settings.database_url.removeprefix("sqlite:")).absolute().parent
    if settings.backup_dir:
        places["its backups"] = settings.backup_dir.absolute()
    for what, folder in places.items():
        if folder.is_dir():
            free = shutil.disk_usage(folder).free
            is_well = free > ENOUGH_DISK and os.access(folder, os.W_OK)
            yield Finding(is_well, "disk", f"{free / 1e9:.1f} GB free for {what}", "Free space, or make it writable")


def examine_dotenv(_settings: Settings) -> Iterator[Finding]:
    """It holds secrets."""
    if not DOTENV.exists():
        return
    mode = DOTENV.stat().st_mode
    is_well = not mode & (stat.S_IROTH | stat.S_IWOTH)
    said = "for you alone, or your group" if is_well else "every user of this machine may read it or write to it"
    yield Finding(is_well, str(DOTENV), said, f"`chmod 600 {DOTENV}`")


def examine_mail(settings: Settings) -> Iterator[Finding]:
    """Whether the mail server lets us in; nothing is sent."""
    url = settings.mail_url
    if url.scheme == "file":
        yield well("mail", f"kept in the folder {url.folder}")
        return
    from relay.channels.email import connect  # noqa: PLC0415 - needed by this examination alone

    try:
        connect(url, TIMEOUT_S).quit()
    except (SendFailed, OSError, smtplib.SMTPException) as error:
        yield failed("mail", str(error), "Check WISMO_MAIL_URL and the server")
    else:
        yield well("mail", f"{url.host}:{url.port} lets us in")


def examine_alarms(settings: Settings) -> Iterator[Finding]:
    """Who learns of incidents, beside those who ask."""
    ways = list(ways_of(settings))
    if settings.alert_mail_to and "alert" not in ways:
        said = f"mail to {', '.join(settings.alert_mail_to)} lies in the folder {settings.mail_url.folder}"
        yield failed("alert mail", said, "Set WISMO_MAIL_URL to a mail server")
    elif settings.alert_mail_to:
        yield well("alert mail", f"to {', '.join(settings.alert_mail_to)}, by WISMO_MAIL_URL")
    if ways:
        words = {"slack": "by Slack", "alert": "by mail"}
        yield well("incidents", f"told {' and '.join(words[way] for way in ways)}")
        return
    remedy = "Set up Slack (docs/slack.md), or WISMO_ALERT_MAIL_TO with a mail server"
    yield failed("incidents", "nobody is told of them", remedy)
