"""Where many fixed texts stand in one long text, found in a single pass."""

from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind


class Literals:
    """Fixed texts, each known by its number in the order given."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._numbers: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            self._numbers.setdefault(text, []).append(number)
        self._owners = tuple(self._numbers.values())
        # Left to itself, the library takes a table half as quick for more than a hundred texts.
        self._automaton = AhoCorasick(
            list(self._numbers),
            matchkind=MatchKind.Standard,
            store_patterns=False,
            implementation=Implementation.DFA,
        )

    def found_in(self, text: str, most: int) -> Mapping[int, Sequence[int]]:
        """Return where in *text* each fixed text starts, by its number; at most *most* places of each."""
        found: dict[int, list[int]] = {}
        for number, start, _ in self._automaton.find_matches_as_indexes(_encodable(text), overlapping=True):
            starts = found.setdefault(number, [])
            if len(starts) < most:
                starts.append(start)
        return {owner: starts for number, starts in found.items() for owner in self._owners[number]}


def _encodable(text: str) -> str:
    """Return *text* with something of the same length for halves of surrogate pairs, which are no characters."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "replace").decode("utf-16-le", "replace")
    return text
