"""A reader in a process of its own, so that a large file is read on one core while another one writes.

The other process has the open file and answers with frames: a letter, a length, and so many bytes. It never has
more than one batch ready, and ends when nobody reads its answers any more. While it starts, which takes a third of
a second, this process looks whether the file is sound.
"""

import gc
import importlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import IO, Any, Self

import msgspec

from chariot.errors import InvalidError, UnavailableError
from chariot.format import Format
from chariot.modules.exchange.batches import Batch, batches, covering
from chariot.modules.exchange.reader import HELD_BYTES
from chariot.modules.exchange.source import Source
from chariot.modules.exchange.unpacking import unpacked

WORTH_BYTES = HELD_BYTES
"""A smaller file is read before another process has begun."""
_USUAL_RATIO = 8
"""What is packed becomes so much larger, about."""
_ENDS_S = 10.0
_LENGTH_BYTES = 8
_READ_BYTES = 256 * 1024
_THOROUGH = 64
"""After so many batches all is searched for cycles, not only what came with the last one."""
_BATCH, _END, _BROKEN = b"B", b"E", b"X"


class _Orders(msgspec.Struct, frozen=True):
    """What the other process is told first."""

    file: int
    """Number of the open file."""
    name: str
    size_bytes: int
    format: str
    """Module and class, with a colon between."""
    complete: bool
    batch_items: int


class _Complaint(msgspec.Struct, frozen=True):
    """Why a file is not sound."""

    message: str
    place: str


_batch_decoder = msgspec.msgpack.Decoder(Batch)
_complaint_decoder = msgspec.msgpack.Decoder(_Complaint)
_orders_decoder = msgspec.json.Decoder(_Orders)
_moment_decoder = msgspec.json.Decoder(datetime)


def is_worth_a_process(source: Source, chosen: Format, worth_bytes: int = WORTH_BYTES) -> bool:
    """Tell whether *source* is large, and both it and its format can be handed to another process."""
    is_packed = source.given is not source.stream
    likely_bytes = source.size_bytes * (_USUAL_RATIO if is_packed else 1)
    return (
        likely_bytes > worth_bytes
        and os.name == "posix"
        and bool(sys.executable)
        and (os.cpu_count() or 1) > 1
        and _number_of(source.given) is not None
        and _is_stateless(chosen)
    )


def _number_of(stream: IO[bytes]) -> int | None:
    try:
        return stream.fileno()
    except (OSError, io.UnsupportedOperation):
        return None


def _is_stateless(chosen: Format) -> bool:
    """Tell whether another process can make the same format from its name alone."""
    kind = type(chosen)
    return kind.__module__ != "__main__" and "<" not in kind.__qualname__ and not vars(chosen)


class ReaderProcess:
    """Reads in another process; a context manager that ends it. See `Reader`."""

    def __init__(self, chosen: Format, source: Source, *, complete: bool, batch_items: int) -> None:
        number = source.given.fileno()
        kind = type(chosen)
        self._check = partial(_check, chosen, source)
        orders = _Orders(
            number,
            source.name,
            source.size_bytes,
            f"{kind.__module__}:{kind.__qualname__}",
            complete,
            batch_items,
        )
        self._process = subprocess.Popen(  # noqa: S603 - this very program, without a shell
            # Nothing is imported from the folder where a user happens to stand.
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[number],
        )
        self._tell(msgspec.json.encode(orders))

    @property
    def process_id(self) -> int:
        """The number of the other process."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(_ENDS_S)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                # It ended before it was told all; that it did is known by now.
                continue

    def check(self) -> None:
        """See `Reader.check`."""
        self._check()

    def batches(self, now: datetime) -> Generator[Batch]:
        """See `Reader.batches`."""
        self._tell(msgspec.json.encode(now))
        while True:
            letter, data = self._frame()
            if letter == _END:
                return
            if letter != _BATCH:
                raise _raised(letter, data)
            batch = _batch_decoder.decode(data)
            # Whoever writes the batch takes a while, and its bytes need not stay for so long.
            del data
            yield batch
            del batch

    def _tell(self, words: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(words + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def _frame(self) -> tuple[bytes, bytes]:
        assert self._process.stdout is not None
        head = self._process.stdout.read(1 + _LENGTH_BYTES)
        size = int.from_bytes(head[1:], "big")
        data = self._process.stdout.read(size)
        if len(head) != 1 + _LENGTH_BYTES or len(data) != size:
            raise self._ended()
        return head[:1], data

    def _ended(self) -> UnavailableError:
        code = self._process.wait(_ENDS_S)
        return UnavailableError(
            f"the process that read the file ended with {code}; the import goes on where it is given again"
        )


def _check(chosen: Format, source: Source) -> None:
    source.stream.seek(0)
    chosen.check(source.stream)


def _raised(letter: bytes, data: bytes) -> InvalidError:
    assert letter == _BROKEN
    complaint = _complaint_decoder.decode(data)
    return InvalidError(complaint.message, place=complaint.place)


class _Placed(io.RawIOBase):
    """A file that two processes have open at once, read from a place of its own."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._at = 0

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def seekable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """See `io.RawIOBase`."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: os.fstat(self._number).st_size}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """See `io.RawIOBase`."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """See `io.RawIOBase`."""
        size = os.preadv(self._number, [buffer], self._at)
        self._at += size
        return size


def main() -> None:
    """Do what the process at the other end of standard input and output asks for."""
    # Whoever started it decides when it ends, also where a person interrupts both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = sys.stdout.buffer
    # What a library prints must not stand between the frames.
    sys.stdout = sys.stderr
    try:
        _serve(sys.stdin.buffer, answers)
    except InvalidError as error:
        _answer(answers, _BROKEN, msgspec.msgpack.encode(_Complaint(error.message, error.place)))
    except BrokenPipeError:
        # Nobody wants the rest; the descriptor is closed without another try to flush it.
        os._exit(0)


def _serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    orders = _orders_decoder.decode(asked.readline())
    module, _, name = orders.format.partition(":")
    chosen = getattr(importlib.import_module(module), name)()
    with ExitStack() as stack:
        # The process that asked reads the same file meanwhile, and both have one place in it.
        given = stack.enter_context(io.BufferedReader(_Placed(orders.file), _READ_BYTES))
        stream = unpacked(given, os.path.basename(orders.name), orders.size_bytes, stack)  # noqa: PTH119 - as named
        told = asked.readline()
        if not told:
            return
        # What a batch holds is let go of as a whole; to look for cycles in it meanwhile takes a third of the time.
        gc.freeze()
        gc.disable()
        now = _moment_decoder.decode(told)
        stream.seek(0)
        said = chosen.parse(stream)
        made = batches(covering(said) if orders.complete else said, chosen.name, now, orders.batch_items)
        for number, batch in enumerate(made, 1):
            data = msgspec.msgpack.encode(batch)
            del batch
            _answer(answers, _BATCH, data)
            del data
            # What is remembered of the file stays, and to look through all of it for each batch takes half the time.
            gc.collect(0 if number % _THOROUGH else 2)
        _answer(answers, _END)


def _answer(answers: IO[bytes], letter: bytes, data: bytes = b"") -> None:
    answers.write(letter + len(data).to_bytes(_LENGTH_BYTES, "big"))
    answers.write(data)
    answers.flush()


if __name__ == "__main__":
    main()
