"""How long to wait for a host: as long as it has shown to need, so that filtered ports cost little time."""

ENOUGH = 5
"""Answers after which a host's speed is known."""
FACTOR = 10.0
LEAST_S = 0.5


class Patience:
    """The time limit of the next connection to one host, from how quick the answered ones were.

    A refusal is an answer. A host that never answered keeps the whole limit, because nothing is known of it.
    """

    def __init__(self, most_s: float) -> None:
        self._most_s = most_s
        self._slowest_s = 0.0
        self._answers = 0

    @property
    def limit_s(self) -> float:
        """How long to wait, in seconds."""
        if self._answers < ENOUGH:
            return self._most_s
        return min(self._most_s, max(LEAST_S, FACTOR * self._slowest_s))

    def learn(self, took_s: float, limit_s: float) -> None:
        """Take in how long one connection took under a limit; what reached the limit was no answer."""
        if took_s < limit_s:
            self._answers += 1
            self._slowest_s = max(self._slowest_s, took_s)
