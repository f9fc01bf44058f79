"""Text and fields together: one Settings, or every fault at once."""

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from relay.errors import BadSettings
from relay.settings.fields import FIELDS, Settings, example_of, is_secret, secrets_in
from relay.settings.given import DOTENV, Given, given_settings
from relay.settings.readers import http_url
from relay.settings.shown import masked, slug_name

#: What any adapter may have; other names are its vendor's.
ADAPTER_NAMES = ("PUSH_SECRETS", "API_KEY", "API_URL", "API_PER_SECOND", "API_PER_DAY")
#: How often an account may be asked: what fits, in words, and an example.
BUDGETS = {
    "API_PER_SECOND": (r"(?=.*[1-9])[0-9]{1,4}(\.[0-9]{1,4})?", "a number above zero and below 10000", "0.2"),
    "API_PER_DAY": ("[1-9][0-9]{0,8}", "a whole number above zero", "250"),
}
#: Settings that hold a secret somewhere in them: no fault repeats their text.
HOLD_SECRETS = frozenset({"database_url", "mail_url", "heartbeat_url"})
#: How alike a name must be to one we know before we say so; below, names of unlike families meet.
ALIKE = 0.85

Adapters = dict[str, dict[str, str]]


#: Why a text cannot be a secret of an adapter, or "".
SecretFault = Callable[[str], str]


def load_settings(
    environ: Mapping[str, str] | None = None,
    env_file: Path | None = DOTENV,
    *,
    slugs: Mapping[str, SecretFault] = MappingProxyType({}),
) -> Settings:
    """The settings of this process; ``slugs`` are the known adapters. Raises BadSettings with every fault.

    The environment wins over ``env_file``; None: no file. Only the default file may be absent. What is empty is not
    set. No variable is put into another: a value is what is written.
    """
    given, file_faults = given_settings(os.environ if environ is None else environ, env_file)
    fields = {FIELDS[name]: one.text for name, one in given.items() if name in FIELDS and one.text}
    settings, field_faults = _settings_of(fields)
    adapters, adapter_faults = _adapters_of(given, slugs)
    faults = [*file_faults, *field_faults, *_contradictions(settings, fields), *adapter_faults]
    if faults:
        raise BadSettings(faults)
    sources = {name: one.source for name, one in given.items() if one.text}
    return settings.model_copy(update={"adapters": adapters, "sources": sources})


# -- fields ------------------------------------------------------------------------------------------------------------


def _settings_of(fields: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Settings of the fields that are right, so that contradictions show as well, and the faults of the others."""
    faults = {field: fault for field, text in fields.items() if (fault := _unusable(text))}
    try:
        return Settings.model_validate(_without(fields, faults)), _in_order(fields, faults)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
    # A field that was not given may be among them: it follows from one that was, and that one is at fault.
    faults |= {str(one["loc"][0]): str(one.get("ctx", {}).get("error", one["msg"])) for one in wrong}
    return Settings.model_validate(_without(fields, faults)), _in_order(fields, faults)


def _without(fields: Mapping[str, str], faults: Mapping[str, str]) -> dict[str, str]:
    return {field: text for field, text in fields.items() if field not in faults}


def _in_order(fields: Mapping[str, str], faults: Mapping[str, str]) -> list[str]:
    return [
        _field_fault(name, fields[field], faults[field])
        for name, field in FIELDS.items()
        if field in faults and field in fields
    ]


def _unusable(text: str) -> str:
    if any(ord(sign) < ord(" ") or sign == "\x7f" for sign in text):
        return "contains a line break or another control character"
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return "is not UTF-8"
    return ""


def _field_fault(name: str, text: str, fault: str) -> str:
    field = FIELDS[name]
    shown = masked(text) if is_secret(field) or field in HOLD_SECRETS else repr(text[:60])
    return f"{name}: {shown} {fault}. {_example(name)}"


def _example(name: str) -> str:
    return f"Write for example {name}={example_of(FIELDS[name])}"


def _contradictions(settings: Settings, given: Collection[str]) -> Iterator[str]:
    """What is right by itself but not together."""
    if settings.mail_url.scheme != "file" and "mail_from" not in given:
        yield f"WISMO_MAIL_FROM: is not set, and mail over SMTP needs a sender. {_example('WISMO_MAIL_FROM')}"
    listening = [field for field in ("slack_app_token", "slack_signing_secret") if field in given]
    if listening and "slack_bot_token" not in given:
        remedy = _example("WISMO_SLACK_BOT_TOKEN")
        yield f"WISMO_SLACK_BOT_TOKEN: is not set, and WISMO_{listening[0].upper()} is. {remedy}"
    keys = [field for field in ("vtex_app_key", "vtex_app_token") if field in given]
    if keys and "vtex_account" not in given:
        yield f"WISMO_VTEX_ACCOUNT: is not set, and WISMO_{keys[0].upper()} is. {_example('WISMO_VTEX_ACCOUNT')}"


# -- adapters ----------------------------------------------------------------------------------------------------------


def _adapters_of(given: Mapping[str, Given], slugs: Mapping[str, SecretFault]) -> tuple[Adapters, list[str]]:
    adapters: Adapters = {}
    faults: list[str] = []
    for name, one in given.items():
        if name in FIELDS:
            continue
        slug, key = _split(name, slugs)
        fault = _adapter_fault(name, key, one.text, slugs[slug]) if slug else _stranger(name, slugs)
        if fault:
            faults.append(f"{name}: {fault}")
        elif one.text:
            adapters.setdefault(slug, {})[key] = one.text
    return adapters, faults


def _split(name: str, slugs: Collection[str]) -> tuple[str, str]:
    """The adapter's slug and the name after it; of ``dhl`` and ``dhl-unified`` the longer one. "" for strangers."""
    for slug in sorted(slugs, key=len, reverse=True):
        prefix = f"WISMO_{slug_name(slug)}_"
        if name.startswith(prefix) and name != prefix:
            return slug, name.removeprefix(prefix)
    return "", ""


def _adapter_fault(name: str, key: str, text: str, secret_fault: SecretFault) -> str:
    if key == "PUSH_SECRETS" and not text.strip(", \t"):
        return f"is an empty list. Write for example {name}=new-secret,old-secret, or leave it out to take no pushes"
    if key == "PUSH_SECRETS":
        return next((fault for secret in secrets_in(text) if (fault := secret_fault(secret))), "")
    if get_close_matches(key, ["PUSH_SECRETS"], cutoff=ALIKE):
        return f"is not known. Did you mean {name.removesuffix(key)}PUSH_SECRETS?"
    if key in BUDGETS and text and not re.fullmatch(BUDGETS[key][0], text):
        return f"its value {text[:20]!r} is not {BUDGETS[key][1]}. Write for example {name}={BUDGETS[key][2]}"
    if key == "API_URL" and text:
        try:
            http_url(text)
        except ValueError as fault:
            return f"its value {fault}. Write for example {name}=https://api.example.com"
    return ""


def _stranger(name: str, slugs: Collection[str]) -> str:
    """What is wrong with a name that fits nothing we know. Its value is not shown: it may be a secret."""
    if near := get_close_matches(name.upper(), FIELDS, n=1, cutoff=ALIKE):
        return f"is not known. Did you mean {near[0]}?"
    adapter = re.fullmatch(rf"WISMO_(.+)_({'|'.join(ADAPTER_NAMES)})", name)
    if not adapter:
        return "is not known. The file .env.example lists every setting"
    slug = adapter[1].lower().replace("_", "-")
    known = f"no adapter is called {slug}; known: {', '.join(sorted(slugs)) or 'none'}"
    meant = get_close_matches(slug, slugs, n=1, cutoff=0.7)
    return f"{known}. Did you mean WISMO_{slug_name(meant[0])}_{adapter[2]}?" if meant else known
