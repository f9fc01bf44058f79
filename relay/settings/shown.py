"""How a setting's value is told to people: secrets never, passwords never."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pydantic import SecretStr

from relay.settings.fields import FIELDS, Settings, is_secret


@dataclass(frozen=True, slots=True)
class SettingLine:
    name: str  #: ``WISMO_PORT``
    value: str  #: masked
    source: str  #: ``environment``, ``default``, or the file's name, as a rule ``.env``
    is_secret: bool


def described(settings: Settings) -> list[SettingLine]:
    """Every setting, then what adapters were given, for ``wismo doctor``."""
    return [*_fields(settings), *_adapters(settings)]


def masked(secret: str) -> str:
    return f"(not shown, {len(secret)} characters)" if secret else ""


def masked_url(url: str) -> str:
    """Scheme, host and path; where a "@" leaves open which part is the host, the scheme alone."""
    scheme, separator, rest = url.partition("://")
    plain = re.fullmatch(r"(?P<user>[^@/?#]*@)?(?P<place>[^@?#]*)(?P<query>[?#][^@]*)?", rest)
    if not separator or not plain:
        return f"{scheme}:…" if "@" in url else url
    return f"{scheme}://{'…@' if plain['user'] else ''}{plain['place']}{'?…' if plain['query'] else ''}"


def _fields(settings: Settings) -> Iterator[SettingLine]:
    for name, field in FIELDS.items():
        value = _in_words(field, getattr(settings, field))
        yield SettingLine(name, value, settings.sources.get(name, "default"), is_secret(field))


def _adapters(settings: Settings) -> Iterator[SettingLine]:
    """A vendor's names are not known here, so all but addresses count as secret."""
    for slug, values in sorted(settings.adapters.items()):
        for name, text in sorted(values.items()):
            full = f"WISMO_{slug_name(slug)}_{name}"
            is_address = name.endswith("_URL")
            shown = masked_url(text) if is_address else masked(text)
            yield SettingLine(full, shown, settings.sources.get(full, "default"), not is_address)


def slug_name(slug: str) -> str:
    """A slug within a setting's name: ``dhl-unified`` is ``DHL_UNIFIED``."""
    return slug.upper().replace("-", "_")


def _in_words(field: str, value: object) -> str:
    if field == "heartbeat_url":  # its path is the key
        return re.sub(r"(?<=[^/:])/.*", "/…", masked_url(str(value)))
    if isinstance(value, SecretStr):
        return masked(value.get_secret_value())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Collection) and not isinstance(value, str):
        return ",".join(sorted(map(str, value)) if isinstance(value, frozenset) else map(str, value))
    if value is None:
        return "off" if field == "backup_dir" else ""
    return masked_url(str(value)) if field.endswith("_url") and field != "mail_url" else str(value)
