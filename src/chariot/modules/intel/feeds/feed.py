"""What each feed reader returns."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from chariot.modules.intel.records import FeedHeader, IntelRecord

BATCH_RECORDS: Final = 500
"""Records in memory at once, for feeds that are read as a stream."""


class Feed(msgspec.Struct, frozen=True):
    """A feed file that is open: its header is read, its records come as they are asked for.

    Taking a batch raises InvalidError at the first record that is wrong.
    """

    header: FeedHeader
    batches: Iterator[Sequence[IntelRecord]]
