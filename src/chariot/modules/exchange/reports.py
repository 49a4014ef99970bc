"""What an import or its undoing did, or would do, as numbers and as a sentence."""

from collections.abc import Mapping

import msgspec

from chariot.modules.surface.states import Refusal

REFUSALS_KEPT = 100
_REASON_LENGTH = 120
_WORDS = (
    ("created", "new"),
    ("changed", "changed"),
    ("reopened", "reopened"),
    ("closed", "closed"),
    ("decided", "decided as the file says"),
    ("confirmed", "seen again"),
)


class ImportReport(msgspec.Struct, kw_only=True):
    """What an import did, or would do."""

    file: str
    format: str
    id: str = ""
    """What `chariot import undo` is told; empty for a preview."""
    findings: int = 0
    """What the tool itself reported as findings, before any grouping."""
    risks: int = 0
    assets: int = 0
    created: int = 0
    """Entities that were not there; each counts once here or in one of the next, however often it is named."""
    changed: int = 0
    reopened: int = 0
    """Risks that were closed, and whatever had left the surface."""
    closed: int = 0
    """Risks that the file no longer has at a target that it covers."""
    decided: int = 0
    """Risks whose state, reason or acceptance the file tells, where nobody decided otherwise here since."""
    confirmed: int = 0
    """Seen again without a difference."""
    refused: int = 0
    errors: list[Refusal] = []
    """The first of what was refused, each with its place and reason."""
    written: bool = True
    known_as: str = ""
    """The import by which the same bytes came in before."""
    resumed: bool = False
    """It went on with an import that was interrupted."""

    def refuse(self, refusal: Refusal) -> None:
        """Count what was refused, and keep the first ones."""
        self.refused += 1
        if len(self.errors) < REFUSALS_KEPT:
            self.errors.append(refusal)

    def add(self, counts: Mapping[str, int]) -> None:
        """Add what one batch did."""
        for name, number in counts.items():
            if name in _COUNTS:
                setattr(self, name, getattr(self, name) + number)

    def counts(self) -> dict[str, int]:
        """Return all numbers by name."""
        return {name: getattr(self, name) for name in _COUNTS}

    def sentence(self) -> str:
        """Return what came of it, such as `12 new, 3 reopened, 40 closed, 1,020 seen again`."""
        parts = [f"{getattr(self, name):,} {word}" for name, word in _WORDS if getattr(self, name)]
        if self.refused:
            reason = self.errors[0].reason if self.errors else "see the first run"
            parts.append(f"{self.refused:,} refused because {_short(reason)}")
        return ", ".join(parts) or "nothing in it"


_COUNTS = (
    "findings", "risks", "assets", "created", "changed", "reopened", "closed", "decided", "confirmed", "refused",
)  # fmt: skip


class UndoReport(msgspec.Struct, kw_only=True):
    """What taking an import back did, or would do."""

    id: str
    file: str
    format: str
    left: int = 0
    """Entities that it alone had brought, and that left."""
    set_back: int = 0
    """Entities that have a value or a state again that they had before."""
    kept: int = 0
    """Entities that it brought and that stay: others confirmed them, or a person decided about them."""
    concluded: int = 0
    """Risks and questions that were concluded only from what it brought, and that left with it."""
    written: bool = True

    def sentence(self) -> str:
        """Return what came of it, such as `12 leave, 3 set back, 1 stays because others confirmed it`."""
        leave, stay = ("left", "stayed") if self.written else ("would leave", "would stay")
        parts = [
            f"{self.left:,} {leave}" if self.left else "",
            f"{self.set_back:,} set back" if self.set_back else "",
        ]
        if self.concluded:
            parts.append(f"{self.concluded:,} {leave} that only followed from it")
        if self.kept:
            parts.append(f"{self.kept:,} {stay} because others confirmed or decided since")
        return ", ".join(part for part in parts if part) or "nothing was left of it"


def _short(text: str) -> str:
    return text if len(text) <= _REASON_LENGTH else f"{text[:_REASON_LENGTH]}…"
