"""What a stepped installation is given: where its far sides are, and how they know it."""

from pathlib import Path

from relay.carriers import all_carriers
from relay.sandbox.carrier import PretendCarrier
from relay.sandbox.slack import OPS, PretendSlack
from relay.sandbox.vtex import PretendVtex
from relay.settings import Settings, load_settings
from tests.bot.conftest import settings_of
from tests.e2e.staging import OPERATOR, MailServer
from tests.watch.services import Service


def settings_for(
    folder: Path,
    slack: PretendSlack,
    carrier: PretendCarrier,
    vtex: PretendVtex,
    mail: MailServer,
    service: Service,
    more: dict[str, str],
) -> Settings:
    named = settings_of(slack, slack_ops_channel=OPS, locale="en") | {
        "WISMO_DATABASE_URL": f"sqlite:{folder / 'wismo.db'}",
        "WISMO_BACKUP_DIR": f"{folder / 'backups'}",
        "WISMO_LIVE": "yes",
        "WISMO_MAIL_GAP_MINUTES": "0",
        "WISMO_MAIL_BRAKE": "off",
        "WISMO_UPS_PUSH_SECRETS": carrier.account.push_secret,
        "WISMO_UPS_CLIENT_ID": carrier.account.client_id,
        "WISMO_UPS_CLIENT_SECRET": carrier.account.client_secret,
        "WISMO_UPS_API_URL": carrier.url,
        "WISMO_VTEX_ACCOUNT": "mystore",
        "WISMO_VTEX_URL": vtex.url,
        "WISMO_VTEX_APP_KEY": vtex.key.app_key,
        "WISMO_VTEX_APP_TOKEN": vtex.key.app_token,
        "WISMO_VTEX_HOOK_SECRET": "a secret of the benchmark",
        "WISMO_VTEX_WRITE": "off",
        "WISMO_CUSTOMER_MAIL": "wismo",
        "WISMO_MAIL_URL": f"smtp://127.0.0.1:{mail.port}",
        "WISMO_MAIL_FROM": "shop@example.com",
        "WISMO_ALERT_MAIL_TO": OPERATOR,
        "WISMO_HEARTBEAT_URL": f"{service.url}/ping/id",
    }
    named |= {f"WISMO_{name.upper()}": text for name, text in more.items()}
    return load_settings(named, None, slugs={slug: one.secret_fault for slug, one in all_carriers().items()})
