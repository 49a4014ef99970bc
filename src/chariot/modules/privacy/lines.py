"""What a row of history says of a person, and what it says without them."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from chariot.errors import ConfigurationError
from chariot.model.base import Entity
from chariot.model.fields import SEALED
from chariot.model.keys import Organisation
from chariot.model.registry import entity_decoder, spec_of
from chariot.modules.privacy.subject import Subject
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.mending import Line
from chariot.modules.surface.merge import entity_doc

PEOPLE: Final = frozenset({"user", "session", "member"})
"""Kinds that are about a person as a whole."""

_SPOKEN: Final = {
    "comment": ("text",),
    "seed": ("note",),
    "attribute": ("value",),
    "contract": ("authorised_by",),
}
"""Fields in which people write freely, so that a name may stand in the midst of them."""


class Reader:
    """Looks for one person in rows of one organisation, and takes them out."""

    def __init__(self, organisation: Organisation, subject: Subject, vault: Vault) -> None:
        self._organisation = organisation
        self._subject = subject
        self._vault = vault

    def places(self, line: Line) -> list[str]:
        """Return where in *line* the person stands: `actor`, `why`, or names of fields."""
        found = [
            name
            for name, told in (
                ("actor", self._subject.is_meant(line.actor)),
                ("why", self._subject.is_mentioned(line.why)),
            )
            if told
        ]
        if line.kind:
            entity = entity_decoder.decode(line.said)
            found += [name for name, _ in self._found(entity)]
        elif self._subject.is_mentioned(line.said):
            found.append("evidence")
        return found

    def erased(self, line: Line, pseudonym: str) -> Line:
        """Return *line* with *pseudonym* in the place of the person, and without their secrets."""
        actor = self._subject.replaced(line.actor, pseudonym) if self._is_actor(line) else line.actor
        why = self._subject.replaced(line.why, pseudonym)
        if not line.kind:
            said = self._subject.replaced(line.said, pseudonym) if line.said else line.said
            return msgspec.structs.replace(line, actor=actor, why=why, said=said)
        entity = entity_decoder.decode(line.said)
        changed = self._changed(entity, pseudonym)
        if not changed:
            return msgspec.structs.replace(line, actor=actor, why=why)
        made = msgspec.structs.replace(entity, **changed)
        return msgspec.structs.replace(line, actor=actor, why=why, said=entity_doc(made), key=made.key)

    def _is_actor(self, line: Line) -> bool:
        return self._subject.is_meant(line.actor)

    def _changed(self, entity: Entity, pseudonym: str) -> dict[str, Any]:
        found = self._found(entity)
        changed: dict[str, Any] = {
            name: self._sealed(entity, name, self._subject.replaced(value, pseudonym))
            for name, value in found
        }
        if entity.kind in PEOPLE and found:
            # What proves who somebody is, and from where they came, goes with them.
            for name, spec in spec_of(entity.kind).items():
                if name in changed or spec.mark.identity:
                    continue
                if spec.mark.sealed or name in ("passkeys", "address", "agent"):
                    changed[name] = spec.default
        return changed

    def _found(self, entity: Entity) -> list[tuple[str, str]]:
        """Return fields of *entity* that are about the person, with what they say."""
        found = []
        for name, spec in spec_of(entity.kind).items():
            value = getattr(entity, name)
            if not isinstance(value, str) or not value or spec.mark.secret:
                continue
            if not (spec.mark.personal or entity.kind in PEOPLE or name in _SPOKEN.get(entity.kind, ())):
                continue
            plain = self._plain(value)
            spoken = name in _SPOKEN.get(entity.kind, ())
            if self._subject.is_meant(plain) or (spoken and self._subject.is_mentioned(plain)):
                found.append((name, plain))
        return found

    def _plain(self, value: str) -> str:
        if not value.startswith(SEALED):
            return value
        try:
            return self._vault.open(self._organisation, value)
        except ConfigurationError:
            # Its key was given up: nobody can tell who it was about.
            return ""

    def _sealed(self, entity: Entity, name: str, value: str) -> str:
        mark = spec_of(entity.kind)[name].mark
        return self._vault.seal(self._organisation, value) if mark.sealed else value


Look = Callable[[Line], Line]
"""See `Mend`."""
