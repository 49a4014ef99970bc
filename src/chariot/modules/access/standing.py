"""When what people are and may do was changed here: until then, what was found out about them holds."""

from collections.abc import Sequence
from typing import Final

from chariot.model.keys import Organisation
from chariot.model.kinds.access import ApiKey, Member, OrganisationNode, Role
from chariot.model.kinds.identity import Session, User
from chariot.modules.surface.telling import Decided, Tell

_KINDS: Final = frozenset(one.kind for one in (ApiKey, Member, OrganisationNode, Role, Session, User))


class Standing:
    """See `Tell`: passes on what it is told, and counts what was about people.

    What other processes changed is not counted: who remembers answers by `stamp` lets them end within seconds.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._changes = 0

    def stamp(self) -> int:
        """Return a number that is another one after each change."""
        return self._changes

    async def __call__(self, organisation: Organisation, decided: Sequence[Decided]) -> None:
        """See `Tell`."""
        if any(one.kind in _KINDS for one in decided):
            self._changes += 1
        await self._tell(organisation, decided)
