"""What may be ours: come across outside of every seed, with the reasons to think so."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import Annotated

import msgspec

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.fields import Merge, field
from chariot.model.keys import kind_of, unescape
from chariot.model.states import Standing

EACH_KIND = 12
"""The most clues of one kind that are kept of a candidate, the strongest: more of them would say nothing new."""
CLUES_LIMIT = 200
"""The most clues that are kept of one candidate."""
_PLACES = frozenset({"domain", "address", "netblock"})


class Clue(msgspec.Struct, frozen=True, order=True):
    """One reason to think that something is ours: which datum, seen where, matched which of our terms."""

    kind: str
    """What sort of reason, such as certificate or redirect."""
    datum: str
    """What was seen; it may be hostile text."""
    term: str
    """What of ours it matched: a seed, or a word that seeds share."""
    via: str
    """Key of what was looked at."""
    weight: int
    """How much it says by itself, 0 to 100."""

    def __post_init__(self) -> None:
        for text in (self.kind, self.datum, self.term, self.via):
            checks.outside(text)
        checks.whole(0, 100)(self.weight)


def confidence(clues: Iterable[Clue]) -> int:
    """Return how sure the clues make us, 0 to 100: each kind counts once, by its strongest.

    Kinds are taken for independent: what each leaves open is what the next one has to close.
    """
    strongest: dict[str, int] = {}
    for clue in clues:
        strongest[clue.kind] = max(strongest.get(clue.kind, 0), clue.weight)
    left = 1.0
    for kind in sorted(strongest):
        left *= 1 - strongest[kind] / 100
    return round(100 * (1 - left))


def _clues(value: object) -> tuple[Clue, ...]:
    if not isinstance(value, tuple | list) or not all(isinstance(item, Clue) for item in value):
        raise ValueError("expected a list of clues")
    kept: dict[str, list[Clue]] = defaultdict(list)
    # The strongest of each kind stay, whoever said what first: what is left out never moved the confidence.
    for clue in sorted(set(value), key=_strongest):
        if len(kept[clue.kind]) < EACH_KIND:
            kept[clue.kind].append(clue)
    strongest = sorted(chain.from_iterable(kept.values()), key=_strongest)[:CLUES_LIMIT]
    return tuple(sorted(strongest))


def _strongest(clue: Clue) -> tuple[int, Clue]:
    return -clue.weight, clue


def candidate_place(value: object) -> str:
    """Return the key of something that can be a candidate."""
    key = checks.key(value)
    if kind_of(key) not in _PLACES:
        raise ValueError(f"a candidate is a domain, an address or a netblock: {checks.shown(value)}")
    return key


@declared
class Candidate(Entity, frozen=True, tag="candidate"):
    """Something outside of every seed that may be ours. Nothing is sent to it."""

    about: Annotated[
        str,
        field("Key of the domain, address or netblock", check=candidate_place, identity=True, key_part=True),
    ]
    confidence: Annotated[
        int,
        field(
            "How sure we are that it is ours, 0 to 100",
            check=checks.whole(0, 100),
            merge=Merge.DERIVED,
            indexed=True,
        ),
    ] = 0
    clues: Annotated[tuple[Clue, ...], field("Why we think so", check=_clues, merge=Merge.UNION)] = ()
    standing: Annotated[
        Standing,
        field("What a person, or the weight of the clues, decided", merge=Merge.DECISION, indexed=True),
    ] = Standing.CANDIDATE
    reason: Annotated[str, field("Why it was decided so", merge=Merge.DECISION, max_length=2_000)] = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        # Clues come from looks that know nothing of each other; only all of them together tell how sure we are.
        msgspec.structs.force_setattr(self, "confidence", confidence(self.clues))

    @property
    def name(self) -> str:
        """What it is about."""
        return self.value

    @property
    def value(self) -> str:
        """The name, address or netblock, as a seed would be written."""
        return unescape(self.about.split("#")[2])
