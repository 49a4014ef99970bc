"""Changing keys while everything runs: a new master key, new keys of organisations, and what was sealed, sealed anew.

Each step can be repeated and broken off: keys are wrapped anew one by one, older ones open until they are given up,
and a walk that seals anew goes on where it was.
"""

from collections.abc import Callable, Sequence

import msgspec

from chariot.errors import ConfigurationError, ConflictError
from chariot.model.keys import SYSTEM, Organisation
from chariot.model.registry import entity_decoder
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.ports import Auditor
from chariot.modules.secrets.keyring import context
from chariot.modules.secrets.ports import DataKey, DataKeys, Keys, MasterKey
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.mending import Line, Mended, Mender
from chariot.modules.surface.merge import entity_doc
from chariot.modules.surface.sealing import SEALED_KINDS, sealed_fields
from chariot.modules.work.ports import Checkpoints

_KINDS = tuple(sorted(SEALED_KINDS))
_WHY = "sealed with the newest key"


class KeyStatus(msgspec.Struct, frozen=True):
    """All keys there are; none of them can be read from it."""

    masters: Sequence[MasterKey]
    organisations: Sequence[DataKey]
    outdated: int
    """Keys of organisations that an older master key wraps."""


class KeyService:
    """What people do with keys."""

    def __init__(
        self,
        masters: Keys,
        kept: DataKeys,
        vault: Vault,
        mender: Mender,
        checkpoints: Checkpoints,
        auditor: Auditor,
    ) -> None:
        self._masters = masters
        self._kept = kept
        self._vault = vault
        self._mender = mender
        self._checkpoints = checkpoints
        self._auditor = auditor

    async def status(self, organisation: Organisation | None = None) -> KeyStatus:
        """Return which keys there are, of all organisations or of one, and what is left to do."""
        masters = await self._masters.describe()
        names = await self._kept.organisations() if organisation is None else [organisation]
        keys = [key for name in names for key in await self._kept.of(name)]
        current = masters[0].id if masters else ""
        return KeyStatus(masters, keys, sum(key.wrapped.master != current for key in keys))

    async def rotate_master(self, actor: str) -> MasterKey:
        """Make a new master key, and have it wrap the keys of all organisations."""
        made = await self._masters.rotate()
        await self._note(SYSTEM, actor, "keys:rotate-master", made.id)
        await self.rewrap()
        return made

    async def rewrap(self) -> int:
        """Have the current master key wrap what an older one does; return how many keys that were."""
        masters = await self._masters.describe()
        done = 0
        for key in (await self.status()).organisations:
            if key.wrapped.master == masters[0].id:
                continue
            bound = context(key.organisation, key.version)
            plain = await self._masters.unwrap(key.wrapped, bound)
            # Where another process was quicker, it did the same.
            done += await self._kept.rewrap(key, await self._masters.wrap(plain, bound))
        return done

    async def retire_master(self, master: str, actor: str) -> None:
        """Give up an older master key.

        Raises:
            ConflictError: it is the current one, or something may still need it.
            NotFoundError: there is no such key.
        """
        keys = (await self.status()).organisations
        needing = sorted({key.organisation for key in keys if key.wrapped.master == master})
        if needing:
            raise ConflictError(f"{master[:40]} still wraps keys of {', '.join(needing[:5])}; rotate first")
        unfinished = [
            name for name in dict.fromkeys(k.organisation for k in keys) if not await self._is_done(name)
        ]
        if unfinished:
            raise ConflictError(
                f"what was sealed of {', '.join(unfinished[:5])} may need it; run `chariot keys reseal` first"
            )
        await self._masters.retire(master)
        await self._note(SYSTEM, actor, "keys:retire-master", master)

    async def rotate(self, organisation: Organisation, actor: str) -> int:
        """Make a new key of *organisation*, which seals from now on; return its version."""
        version = await self._vault.ring.add(organisation)
        await self._note(organisation, actor, "keys:rotate", str(version))
        return version

    async def reseal(
        self, organisation: Organisation, *, told: Callable[[int, int], None] = lambda _last, _changed: None
    ) -> int:
        """Seal with the newest key what is sealed with older ones or not at all; return how many rows that were.

        It goes on where it was broken off. *told* hears after each step how far it is.
        """
        changed, finished = 0, False
        while not finished:
            step = await self.reseal_some(organisation)
            changed, finished = changed + step.changed, step.finished
            told(step.last, changed)
        return changed

    async def reseal_some(self, organisation: Organisation) -> Mended:
        """Do one step of that; return how far it came. Several processes may at once: each row is sealed once."""
        await self._vault.ring.load(organisation)
        await self._vault.ready(organisation)
        name = self._checkpoint(organisation)
        after = await self._checkpoints.get(name)
        step = await self._mender.mend(
            organisation,
            lambda line: self._resealed(organisation, line),
            why=_WHY,
            kinds=_KINDS,
            after=after,
        )
        await self._checkpoints.put(name, step.last)
        if step.finished and step.last > after:
            await self._mender.settle()
        return step

    async def shred(self, organisation: Organisation, actor: str) -> int:
        """Destroy all keys of *organisation*: what they sealed can never be read again; return how many."""
        keys = await self._kept.of(organisation)
        for key in keys:
            await self._kept.remove(organisation, key.version)
        await self._vault.ring.load(organisation)
        await self._mender.settle()
        await self._note(organisation, actor, "keys:shred", str(len(keys)))
        return len(keys)

    async def _is_done(self, organisation: Organisation) -> bool:
        await self._vault.ring.load(organisation)
        return await self._checkpoints.get(self._checkpoint(organisation)) > 0

    def _checkpoint(self, organisation: Organisation) -> str:
        newest = self._vault.ring.newest(organisation)
        return f"reseal/{newest.version if newest else 0}/{organisation}"

    def _resealed(self, organisation: Organisation, line: Line) -> Line:
        entity = entity_decoder.decode(line.said)
        changed = {}
        for name in sealed_fields(entity.kind):
            value = getattr(entity, name)
            if not isinstance(value, str) or not value or self._vault.is_current(organisation, value):
                continue
            try:
                changed[name] = self._vault.seal(organisation, self._vault.open(organisation, value))
            except ConfigurationError:
                # Its key was given up: nobody can open it, and it harms nobody.
                continue
        if not changed:
            return line
        said = entity_doc(msgspec.structs.replace(entity, **changed))
        return msgspec.structs.replace(line, said=said)

    async def _note(self, organisation: Organisation, actor: str, action: str, what: str) -> None:
        await self._auditor.record(Entry(organisation=organisation, actor=actor, action=action, object=what))
