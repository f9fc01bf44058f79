"""What was turned away: counted in memory and written down in one go, so that a flood costs no disk."""

import re
import threading
from collections import Counter
from datetime import datetime

from relay.database import Database, Tx
from relay.store import incidents, ledger

#: So many labels are told apart; a caller may invent any number of them.
LABELS = 100
OTHERS = "(others)"


class Refused:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._labels: set[tuple[str, str]] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._storage_fault = ""

    def count(self, name: str, label: str) -> None:
        one = name, re.sub(r"[^a-z0-9_-]", "?", label[:40])
        with self._lock:
            if len(self._labels) < LABELS:
                self._labels.add(one)
            self._counts[one if one in self._labels else (name, OTHERS)] += 1

    def storage_failed(self, fault: str) -> None:
        """The store could not take something: an incident, as soon as it can be written."""
        with self._lock:
            self._storage_fault = fault
        self.count("storage_full", "push")

    def write_down(self, database: Database, now: datetime) -> None:
        """Move the counts to the store; they stay here when it cannot take them."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            fault, self._storage_fault = self._storage_fault, ""
        if not counts and not fault:
            return
        try:
            database.write(lambda tx: ledger.add_tallies(tx, counts, now))
            if fault:
                database.write(lambda tx: _open_incident_of(tx, fault, now))
        except BaseException:
            with self._lock:
                self._counts.update(counts)
                self._storage_fault = self._storage_fault or fault
            raise


def _open_incident_of(tx: Tx, fault: str, now: datetime) -> None:
    incidents.open_incident(
        tx,
        kind="storage",
        subject="database",
        title=f"Pushes were refused with 503: {fault}",
        remedy="Free space on the database's disk; carriers send again by themselves",
        figures={"what": fault},
        now=now,
    )
