"""Settings that are more than a text."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Who sends: ``Loja Exemplo <pedidos@loja.example>``."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class MailUrl:
    """Where mail leaves: a folder (``file``) or a server (``smtp``, ``smtps``). Its text shows no password."""

    scheme: Literal["file", "smtp", "smtps"]
    folder: Path = Path()  #: with ``file`` only
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    #: With ``smtp``: either the connection is encrypted before anything is said, or nothing is sent.
    starttls: bool = False

    def __str__(self) -> str:
        if self.scheme == "file":
            return f"file:{self.folder}"
        user = f"{self.user}:…@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        option = f"?starttls={'required' if self.starttls else 'off'}" if self.scheme == "smtp" else ""
        return f"{self.scheme}://{user}{host}:{self.port}{option}"
