"""Taking an import back: page by page from the last, so that each finds what it had left."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from chariot.errors import ConflictError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.exchange import Import
from chariot.model.states import ImportState
from chariot.modules.exchange.concluded import Concluded, Foreseen
from chariot.modules.exchange.keyset import KeySet
from chariot.modules.exchange.ledger import Ledger, edit, unpack
from chariot.modules.exchange.reports import UndoReport
from chariot.modules.risk.assess import ASSESSOR
from chariot.modules.surface.retract import Retraction, Standing
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.states import EdgeId
from chariot.modules.surface.trace import Touched, TouchedEdge, Trace

_UNLIMITED = 2**62
_Groups = dict[str, KeySet]
_Undone = dict[Key | EdgeId, list[Touched | TouchedEdge]]


class Undo:
    """Takes imports of one organisation back."""

    def __init__(
        self,
        surface: SurfaceService,
        ledger: Ledger,
        organisation: Organisation,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._surface = surface
        self._ledger = ledger
        self._organisation = organisation
        self._now = now

    async def undo(self, entry: Import, *, who: str, dry_run: bool) -> UndoReport:
        """Take *entry* back, or only look. One that was interrupted goes on.

        Raises:
            ConflictError: it was taken back already.
        """
        if entry.state is ImportState.UNDONE:
            raise ConflictError(f"the import {entry.id} was taken back already")
        report = UndoReport(id=entry.id, file=entry.file, format=entry.format, written=not dry_run)
        numbers, own, created = await self._own(entry)
        left, kept = KeySet(_UNLIMITED), KeySet(_UNLIMITED)
        standing = await self._standing(entry, own)
        if not dry_run and entry.state is not ImportState.UNDOING:
            entry = await self._ledger.set(self._organisation, entry, who, state=ImportState.UNDOING)
        done = 0 if dry_run else entry.pages_undone
        why = f"import {entry.id} was taken back"
        concluded = Concluded(self._surface, self._organisation)
        foreseen = Foreseen(KeySet(_UNLIMITED))
        # Where it was interrupted, what was concluded from the last page may still be there.
        for undone in range(max(done, 1), numbers + 1):
            page = await self._ledger.page(self._organisation, entry.id, numbers - undone)
            if page is None:
                continue
            trace = unpack(page.journal)
            if undone > done:
                retraction = await self._surface.retract(
                    self._organisation,
                    trace,
                    standing,
                    actor=who,
                    why=why,
                    done=None if dry_run else edit(entry, who, pages_undone=undone),
                )
                _count(report, retraction, created, left, kept)
                if dry_run:
                    foreseen.add(trace, retraction)
                    continue
            for key in await concluded.leave(trace, actor=who, why=why):
                _count_concluded(report, key, created, kept)
        async for key in concluded.would_leave(foreseen):
            _count_concluded(report, key, created, kept)
        if not dry_run:
            await self._ledger.set(
                self._organisation, entry, who, state=ImportState.UNDONE, undone_at=self._now()
            )
        return report

    async def _own(self, entry: Import) -> tuple[int, KeySet, KeySet]:
        """Return how many pages there are, what they touched, and what they brought."""
        own, created = KeySet(_UNLIMITED), KeySet(_UNLIMITED)
        numbers = 0
        async for page in self._ledger.pages(self._organisation, entry.id):
            numbers += 1
            trace = unpack(page.journal)
            for place, _ in _places(trace):
                own.add(place)
            for one in trace.entities:
                if one.was is None:
                    created.add(one.key)
        return numbers, own, created

    async def _standing(self, entry: Import, own: KeySet) -> Standing:
        """Return who else stands for what *entry* touched, told by the journals of the other imports."""
        later: _Groups = {}
        fallen: _Groups = {}
        earlier: _Groups = {}
        before: list[Import] = []
        undone: _Undone = {}
        async for other in self._ledger.all(self._organisation):
            if other.id == entry.id:
                continue
            if other.state in (ImportState.UNDONE, ImportState.UNDOING):
                if _was_there_for(other, entry):
                    await self._gather(other, own, fallen, undone)
            elif _is_later(other, entry):
                await self._gather(other, own, later)
            else:
                before.append(other)
        for other in before:
            # Who said the same before only matters where somebody else who said it fell.
            if other.format in fallen:
                await self._gather(other, own, earlier)

        def fell(place: object) -> Collection[str]:
            return set(_names(fallen, place)) - set(_names(later, place)) - set(_names(earlier, place))

        return Standing(
            others=lambda place: _names(later, place),
            fallen=fell,
            undone=lambda place: undone.get(place, ()),
            counts=lambda name: name != ASSESSOR and not name.startswith("import "),
        )

    async def _gather(
        self, other: Import, own: KeySet, groups: _Groups, undone: _Undone | None = None
    ) -> None:
        """Add what *other* saw of *own*, to *undone* with how it was before; what it closed it did not see."""
        touches: _Undone = {}
        async for page in self._ledger.pages(self._organisation, other.id):
            if page.closing:
                continue
            trace = unpack(page.journal)
            group = groups.setdefault(trace.capability, KeySet(_UNLIMITED))
            for place, touched in _places(trace):
                if place in own:
                    group.add(place)
                    if undone is not None:
                        touches.setdefault(place, []).insert(0, touched)
        for place, some in touches.items():
            (undone if undone is not None else {}).setdefault(place, []).extend(some)


def _places(trace: Trace) -> Iterator[tuple[Key | EdgeId, Touched | TouchedEdge]]:
    yield from ((one.key, one) for one in trace.entities)
    yield from ((one.id, one) for one in trace.edges)


def _names(groups: _Groups, place: object) -> list[str]:
    return [name for name, group in groups.items() if place in group]


def _is_later(other: Import, entry: Import) -> bool:
    """Tell whether *other* wrote anything after *entry* began."""
    return other.finished_at is None or entry.started_at is None or other.finished_at > entry.started_at


def _was_there_for(other: Import, entry: Import) -> bool:
    """Tell whether *entry* may have met what *other*, which was taken back since, had brought."""
    if entry.started_at is None or other.started_at is None:
        return True
    began_before = entry.finished_at is None or other.started_at < entry.finished_at
    return began_before and (other.undone_at is None or other.undone_at > entry.started_at)


def _count(report: UndoReport, retraction: Retraction, created: KeySet, left: KeySet, kept: KeySet) -> None:
    # A preview meets what several pages touched as often as they did.
    report.left += sum(left.add(key) for key in retraction.left)
    report.kept += sum(kept.add(key) for key in retraction.kept)
    report.set_back += sum(key not in created for key in retraction.set_back)


def _count_concluded(report: UndoReport, key: Key, created: KeySet, kept: KeySet) -> None:
    # What the import had brought too was kept as others confirmed it, who had only concluded it.
    report.kept -= key in kept
    report.left += key in created
    report.concluded += key not in created
