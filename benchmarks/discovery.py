"""Names resolved per second on one core, beside a question at a time per socket through dnspython."""

import asyncio
import multiprocessing
import socket
import time
from multiprocessing.synchronize import Event
from typing import Any

import dns.asyncquery
import dns.message

from benchmarks.rows import row
from chariot.adapters.network.names import Resolver

_QUESTIONS = 30_000
_PLAIN = 3_000
_AT_ONCE = 500
_AIM_PER_S = 5_000


def run(rows: list[dict[str, Any]]) -> None:
    """Measure the CPU time of the asking process alone; the answering one is another process."""
    ready = multiprocessing.Event()
    port = multiprocessing.Value("i", 0)
    server = multiprocessing.Process(target=_answer_all, args=(port, ready), daemon=True)
    server.start()
    ready.wait(10)
    try:
        ours = asyncio.run(_ask_ours(port.value))
        plain = asyncio.run(_ask_plainly(port.value))
    finally:
        server.kill()
        server.join()
    rate = ours
    rows.append(
        row(
            "DNS look-ups on one core (A, UDP, loopback)",
            round(rate),
            "questions/s",
            reference=round(plain),
            ratio=round(rate / plain, 1),
            aim=f">= {_AIM_PER_S:,}",
            met=rate >= _AIM_PER_S,
        )
    )


async def _ask_ours(port: int) -> float:
    resolver = Resolver("127.0.0.1", port)
    return await _rate(_QUESTIONS, lambda name: resolver.ask(name, "A"))


async def _ask_plainly(port: int) -> float:
    async def ask(name: str) -> object:
        query = dns.message.make_query(name, "A")
        return await dns.asyncquery.udp(query, "127.0.0.1", port=port, timeout=5)

    return await _rate(_PLAIN, ask)


async def _rate(questions: int, ask: Any) -> float:
    names = iter(range(questions))

    async def worker() -> None:
        for number in names:
            await ask(f"host-{number}.example.com")

    before = time.process_time()
    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    return questions / (time.process_time() - before)


def _answer_all(port: Any, ready: Event) -> None:
    """Answer each question with one address, as quickly as can be."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        listening.bind(("127.0.0.1", 0))
        port.value = listening.getsockname()[1]
        ready.set()
        record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07"
        while True:
            data, who = listening.recvfrom(2_000)
            end = data.index(b"\0", 12) + 5
            head = data[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
            listening.sendto(head + data[12:end] + record, who)
