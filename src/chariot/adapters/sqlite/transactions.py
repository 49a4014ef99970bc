"""Transactions that write."""

from collections.abc import Iterator
from contextlib import contextmanager

import apsw


@contextmanager
def writing(connection: apsw.Connection) -> Iterator[None]:
    """Run what is below in one transaction, which takes its turn to write at once: all of it is kept, or nothing.

    What is read in it decides what is written, so nobody may write in between. The connection's own context manager
    would wait for its turn without letting other threads of this process go on, the one that is waited for among them.

    Raises:
        apsw.BusyError: another process, or another thread, kept the file for longer than the connection waits.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # The engine gives a transaction up by itself when the disk is full or fails.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
