import os
import threading

from chariot.adapters.process.output import Output


def test_it_gives_what_is_written_up_to_the_limit() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"12345")
    os.close(writing)
    with Output(reading, 5) as output:
        assert (output.read(3), output.read(9), output.read(9)) == (b"123", b"45", b"")
        assert (output.tell(), output.is_cut) == (5, False)


def test_what_goes_beyond_the_limit_is_cut() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"123456")
    with Output(reading, 5) as output:
        assert output.read(10) == b""
        assert output.is_cut
    os.close(writing)


def test_a_reader_that_waits_comes_to_an_end_when_it_is_told() -> None:
    reading, writing = os.pipe()
    with Output(reading, 5) as output:
        told: list[bytes | None] = []
        thread = threading.Thread(target=lambda: told.append(output.read(1)))
        thread.start()
        output.finish()
        thread.join(20)
        assert told == [b""]
    os.close(writing)
