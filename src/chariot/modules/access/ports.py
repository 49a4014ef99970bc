"""What access needs from outside: who is above whom, what a role allows, and which roles somebody has."""

from collections.abc import Sequence
from typing import Protocol

from chariot.model.keys import Organisation
from chariot.model.kinds.access import OrganisationNode, Role


class Directory(Protocol):
    """Organisations, roles and members."""

    async def node(self, organisation: Organisation) -> OrganisationNode | None:
        """Return the place of *organisation* in the tree; None for one that stands alone."""
        ...

    async def roles_of(self, organisation: Organisation, subject: str) -> Sequence[str]:
        """Return the names of the roles that *organisation* gave to *subject*."""
        ...

    async def role(self, organisation: Organisation, name: str) -> Role | None:
        """Return the role that *organisation* keeps under *name*, None where it keeps none."""
        ...
