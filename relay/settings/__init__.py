"""One frozen Settings from ``WISMO_*``, or every fault at once; nothing here ever shows a secret.

fields    every setting: its type, its default, an example    given   what the environment and ``.env`` say
readers   text -> value, or what is wrong with it             load    both together, and all that is wrong
values    mailboxes and mail URLs                             shown   how a value is told to people
"""

from relay.settings.fields import CustomerMail, Settings, VtexWrite
from relay.settings.given import DOTENV
from relay.settings.load import ADAPTER_NAMES, load_settings
from relay.settings.readers import email_address
from relay.settings.shown import SettingLine, described
from relay.settings.values import Mailbox, MailUrl

__all__ = [
    "ADAPTER_NAMES",
    "DOTENV",
    "CustomerMail",
    "MailUrl",
    "Mailbox",
    "SettingLine",
    "Settings",
    "VtexWrite",
    "described",
    "email_address",
    "load_settings",
]
