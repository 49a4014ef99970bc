import asyncio

import pytest

from chariot.adapters.network import wire
from chariot.adapters.network.datagrams import Datagrams


class Server(asyncio.DatagramProtocol):
    """Answers as *answer* tells, which gets a query and returns datagrams."""

    def __init__(self, answer):
        self.answer = answer
        self.clients = set()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.clients.add(addr)
        for one in self.answer(data):
            self.transport.sendto(one, addr)


@pytest.fixture
async def serve():
    opened = []

    async def start(answer):
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_datagram_endpoint(
            lambda: Server(answer), local_addr=("127.0.0.1", 0)
        )
        opened.append(transport)
        server.asks = Datagrams("127.0.0.1", transport.get_extra_info("sockname")[1])
        return server

    yield start
    for transport in opened:
        transport.close()


def question(name):
    return wire.question_of(wire.plain_labels(name), 1)


def plainly(query):
    end = query.index(b"\0", 12) + 5
    return [query[:2] + b"\x81\x80\0\1\0\0\0\0\0\0" + query[12:end]]


async def test_many_questions_get_their_own_answers(serve):
    server = await serve(plainly)
    names = [f"n{number}.example.com" for number in range(100)]

    answers = await asyncio.gather(*(server.asks.ask(question(name), timeout_s=20) for name in names))

    assert all(wire.answers(answer, question(name)) for answer, name in zip(answers, names, strict=True))


async def test_questions_come_from_several_ports(serve):
    server = await serve(plainly)

    await asyncio.gather(*(server.asks.ask(question(f"n{n}.example"), timeout_s=20) for n in range(50)))

    assert len(server.clients) > 1


async def test_an_answer_to_another_question_is_waited_past(serve):
    def forged(query):
        (right,) = plainly(query)
        return [b"", b"short", right.replace(b"www", b"evi"), right]

    server = await serve(forged)

    answer = await server.asks.ask(question("www.example.com"), timeout_s=20)

    assert wire.answers(answer, question("www.example.com"))


async def test_silence_is_a_timeout_and_the_next_question_is_asked(serve):
    silent = True

    def answer(query):
        return [] if silent else plainly(query)

    server = await serve(answer)
    with pytest.raises(TimeoutError):
        await server.asks.ask(question("www.example.com"), timeout_s=0.05)
    silent = False

    assert await server.asks.ask(question("www.example.com"), timeout_s=20)


async def test_a_closed_port_is_an_error():
    with pytest.raises(OSError, match="refused"):
        await Datagrams("127.0.0.1", 1).ask(question("www.example.com"), timeout_s=20)


def test_another_event_loop_starts_anew():
    async def ask(datagrams):
        with pytest.raises(OSError, match="refused"):
            await datagrams.ask(question("www.example.com"), timeout_s=20)

    datagrams = Datagrams("127.0.0.1", 1)
    asyncio.run(ask(datagrams))
    asyncio.run(ask(datagrams))
