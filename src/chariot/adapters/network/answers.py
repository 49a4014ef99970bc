"""How much of a scan one host may take by answers that do not end."""

import time
from collections import OrderedDict
from collections.abc import Callable

from chariot.capability import UnreadableError

BODY_S = 5.0
"""How long one body is read, unless settings say otherwise."""
HOST_S = 30.0
"""How long one scan waits for unfinished answers of one host; several that are waited for at once count each."""
HOST_BYTES = 64 << 20
"""How much one scan reads of one host over HTTP."""
_HOSTS_LIMIT = 10_000
_REMEMBERED_S = 3_600.0


class AnswerBudget:
    """Counts, for each scan and host, the seconds that unfinished answers took, and the bytes of all of them."""

    def __init__(
        self,
        *,
        body_s: float = BODY_S,
        host_s: float = HOST_S,
        host_bytes: int = HOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.body_s = body_s
        self._host_s = host_s
        self._host_bytes = host_bytes
        self._clock = clock
        self._spent: OrderedDict[tuple[str, str], tuple[float, float, int]] = OrderedDict()
        """Since when it is counted, seconds, bytes."""

    def check(self, scan: str, host: str) -> None:
        """Raise when *host* has had its share.

        Raises:
            UnreadableError: nothing more is asked of it in this scan; the text says why.
        """
        _, seconds, size = self._of(scan, host)
        if seconds >= self._host_s:
            raise UnreadableError(f"{host} leaves answers unfinished: {self._host_s:g} s were spent on them")
        if size >= self._host_bytes:
            raise UnreadableError(f"{host} answers without end: {self._host_bytes:,} bytes of it were read")

    def spend(self, scan: str, host: str, *, seconds: float, size_bytes: int) -> None:
        """Take in what one answer took; *seconds* are 0 for one that came to its end."""
        since, before_s, before_bytes = self._of(scan, host)
        self._spent[scan, host] = (since, before_s + seconds, before_bytes + size_bytes)
        self._spent.move_to_end((scan, host))
        if len(self._spent) > _HOSTS_LIMIT:
            self._spent.popitem(last=False)

    def _of(self, scan: str, host: str) -> tuple[float, float, int]:
        now = self._clock()
        known = self._spent.get((scan, host))
        return known if known is not None and now - known[0] < _REMEMBERED_S else (now, 0.0, 0)
