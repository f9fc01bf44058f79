"""What an examination finds: one line each, and one remedy where it failed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    is_well: bool
    subject: str
    finding: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"\n     -> {self.remedy}" if self.remedy and not self.is_well else ""
        return f"{'ok  ' if self.is_well else 'FAIL'} {self.subject}: {self.finding}{remedy}"

    def as_json(self) -> dict[str, object]:
        return {"ok": self.is_well, "subject": self.subject, "finding": self.finding, "remedy": self.remedy}


def well(subject: str, finding: str) -> Finding:
    return Finding(is_well=True, subject=subject, finding=finding)


def failed(subject: str, finding: str, remedy: str) -> Finding:
    return Finding(is_well=False, subject=subject, finding=finding, remedy=remedy)
