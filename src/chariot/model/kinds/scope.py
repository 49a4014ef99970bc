"""Who authorised what: the signed contract that everything which sends something must hold."""

import re
from datetime import datetime
from typing import Annotated

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.fields import Merge, field
from chariot.model.kinds.work import places_field

LEVELS = ("passive", "light", "active")
_HEX = re.compile(r"[0-9a-f]*")


def _level(value: object) -> str:
    text = checks.filled(value)
    if text not in LEVELS:
        raise ValueError(f"a level is one of {', '.join(LEVELS)}: {checks.shown(value)}")
    return text


def _digits(value: object) -> str:
    text = str(value)
    if not _HEX.fullmatch(text):
        raise ValueError(f"not hexadecimal digits: {checks.shown(value)}")
    return text


@declared
class Contract(Entity, frozen=True, tag="contract"):
    """What may be looked at, how, and when, by whose word. Its signature covers everything but itself."""

    id: Annotated[str, field("Its name", check=checks.slug, identity=True)]
    authorised_by: Annotated[
        str,
        field("Who authorised it", merge=Merge.DECISION, max_length=500, indexed=True, personal=True),
    ] = ""
    purpose: Annotated[str, field("What for", merge=Merge.DECISION, max_length=2_000)] = ""
    valid_from: Annotated[
        datetime | None, field("When it begins", check=checks.utc, merge=Merge.DECISION)
    ] = None
    valid_until: Annotated[
        datetime | None, field("When it ends", check=checks.utc, merge=Merge.DECISION, indexed=True)
    ] = None
    allow: Annotated[
        tuple[str, ...],
        places_field("Domains, addresses and netblocks that it allows to look at"),
    ] = ()
    deny: Annotated[
        tuple[str, ...],
        places_field("Names, addresses and netblocks that stay untouched"),
    ] = ()
    windows: Annotated[
        tuple[str, ...],
        field(
            "When things may be sent, such as `mon-fri 22:00-06:00 Europe/Berlin`; empty is always",
            check=checks.sorted_set(checks.line, 50),
            merge=Merge.DECISION,
        ),
    ] = ()
    packets_per_s: Annotated[
        int, field("How fast; 0 is as the settings say", check=checks.whole(0, 10**9), merge=Merge.DECISION)
    ] = 0
    touch: Annotated[
        tuple[str, ...],
        field("Levels that it allows", check=checks.sorted_set(_level, 3), merge=Merge.DECISION),
    ] = ()
    signing_key: Annotated[
        str,
        field("Public key (Ed25519) that signed it", check=_digits, merge=Merge.DECISION, max_length=64),
    ] = ""
    signature: Annotated[
        str, field("Signature of all the rest", check=_digits, merge=Merge.DECISION, max_length=128)
    ] = ""
