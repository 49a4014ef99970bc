"""Names of organisations as people write them."""

import re

from chariot.errors import InvalidError
from chariot.model.keys import SHARED, SYSTEM, Organisation

ORGANISATION_PATTERN = "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"
_NAME = re.compile(ORGANISATION_PATTERN)


def organisation_name(text: str, *, place: str) -> Organisation:
    """Return *text* as the name of an organisation.

    Raises:
        InvalidError: it is none, or one that is no customer's: what all share, or the installation itself.
    """
    if not _NAME.fullmatch(text) or text in (SHARED, SYSTEM):
        raise InvalidError(
            "is not 1 to 63 of a-z, 0-9, '.', '_' and '-', with a letter or digit at both ends", place=place
        )
    return Organisation(text)
