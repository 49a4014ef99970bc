"""A service made of what it says, and the door through which a probe comes to it."""

import re
from collections.abc import Callable

from chariot.capabilities.services.contract import Door, Seen
from chariot.testing.network import Conversation, FakeNetwork

HOST = "192.0.2.7"
Replies = dict[bytes, bytes] | Callable[[bytes], bytes]


def door(
    port: int, greeting: bytes = b"", replies: Replies | None = None, secured: Conversation | None = None
) -> Door:
    conversation = Conversation(greeting, replies or {}, secured)
    return Door(FakeNetwork(banners={(HOST, port): conversation}), HOST, port)


def by_pattern(*pairs: tuple[bytes, bytes]) -> Callable[[bytes], bytes]:
    """Answer with what stands beside the first pattern that the question holds."""

    def answer(question: bytes) -> bytes:
        return next((said for pattern, said in pairs if re.search(pattern, question, re.DOTALL)), b"")

    return answer


def fact(seen: Seen | None, label: str) -> str:
    assert seen is not None
    return dict(seen.facts).get(label, "")


def weaknesses(seen: Seen | None) -> list[str]:
    assert seen is not None
    return [flaw.weakness for flaw in seen.flaws]


def versions(seen: Seen | None) -> list[tuple[str, str]]:
    assert seen is not None
    return [(product.cpe, product.version) for product in seen.products]
