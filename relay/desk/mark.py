"""What tells this installation from any other, copies of its database included, and tells nothing else."""

from collections.abc import Mapping
from hashlib import sha256


def mark_of(install: Mapping[str, str]) -> str:
    """For whoever asks /live whether it is this one; "" before the database is one."""
    install_id = install.get("install_id", "")
    told = f"{install_id}\x1f{install.get('identity', '')}\x1flive"
    return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:12] if install_id else ""
