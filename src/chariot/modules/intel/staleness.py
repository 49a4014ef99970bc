"""Which feed files are too old to load."""

from collections.abc import Iterable

from chariot.errors import ConflictError
from chariot.modules.intel.records import FeedHeader, FeedInfo


def refuse_older(header: FeedHeader, loaded: Iterable[FeedInfo]) -> None:
    """Refuse a file when a newer version of it is loaded.

    A feed that replaces is one file whatever its name; the others, and lists of exploits, are told apart by
    their source.

    Raises:
        ConflictError: with both versions.
    """
    for info in loaded:
        is_one = header.replaces and header.feed != "exploits"
        same_file = info.feed == header.feed and (is_one or info.source == header.source)
        if same_file and header.version and info.version > header.version:
            raise ConflictError(
                f"{header.feed} of {header.version} is older than that of {info.version}, which stays in use"
            )


def refuse_stale(header: FeedHeader, *, records: int, stale: int) -> None:
    """Refuse a file of which every record is older than the one known.

    Raises:
        ConflictError: with the count.
    """
    if records and stale == records:
        raise ConflictError(
            f"all {records} records of {header.source} are older than those loaded, which stay in use"
        )
