from datetime import timedelta

import pytest

from chariot.adapters.outgoing.client import Outgoing
from chariot.adapters.sources.desk import Account, SourceDesk
from chariot.adapters.webhook.guard import Guard
from chariot.capability import CannotRunError, NoAnswerError
from chariot.source import Terms
from support.source_server import SourceServer


@pytest.fixture
async def server():
    async with SourceServer() as running:
        yield running


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self):
        self.now = 1_000.0
        self.slept = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(server, clock):
    def made(*, allowed=("127.0.0.0/8",), key="", url="", **terms):
        about = Terms(**{"url": server.url, "per_minute": 60, "conditions": "https://terms.example"} | terms)
        outgoing = Outgoing(Guard(allowed), timeout_s=5)
        accounts = {"known": Account(about, key=key, url=url)}
        return SourceDesk(outgoing, accounts, clock=clock, sleep=clock.sleep)

    return made


async def test_an_answer_comes_back_as_it_is(server, make):
    server.says("/v1/x", b"[1]")

    assert await make().ask("known", "/v1/x?q=a") == b"[1]"
    assert server.asked[0][0] == "/v1/x?q=a"


async def test_the_same_question_is_asked_once_until_the_answer_is_old(server, make, clock):
    server.says("/x", b"1")
    desk = make(kept=timedelta(hours=1))

    await desk.ask("known", "/x")
    await desk.ask("known", "/x")
    clock.now += 3_601
    await desk.ask("known", "/x")

    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("how", "header", "value"),
    [
        ("bearer", "Authorization", "Bearer s3cret"),
        ("basic", "Authorization", "Basic czNjcmV0"),
        ("header X-Key", "X-Key", "s3cret"),
    ],
)
async def test_a_key_is_sent_as_the_source_wants_it(server, make, how, header, value):
    server.says("/x", b"1")

    await _with(make, how).ask("known", "/x")

    assert server.asked[-1][1][header] == value


def _with(make, how):
    desk = make(key="s3cret")
    account = desk._accounts["known"]
    terms = Terms(url=account.terms.url, key=how, conditions="https://terms.example")
    desk._accounts["known"] = Account(terms, key="s3cret")
    return desk


async def test_a_key_in_a_query_stands_behind_what_is_asked(server, make):
    server.says("/x", b"1")

    await _with(make, "query key").ask("known", "/x?a=b")

    assert server.asked[0][0] == "/x?a=b&key=s3cret"


async def test_a_source_that_nobody_named_is_not_asked(server, make):
    with pytest.raises(CannotRunError, match="other is not enabled"):
        await make().ask("other", "/x")

    assert server.asked == []


async def test_a_source_without_the_key_that_it_needs_is_not_asked(server, make):
    with pytest.raises(CannotRunError, match="CHARIOT_SOURCE_KEY_KNOWN"):
        await make(key_needed=True).ask("known", "/x")

    assert server.asked == []


async def test_knowing_nothing_is_an_answer(make):
    with pytest.raises(NoAnswerError, match="knows nothing"):
        await make().ask("known", "/nowhere")


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_refused_key_leaves_it_open_and_names_no_key(server, make, status):
    server.says("/x", status=status)

    with pytest.raises(CannotRunError, match="refused the key") as refused:
        await _with(make, "query key").ask("known", "/x")

    assert "s3cret" not in str(refused.value)


async def test_a_source_that_asks_to_wait_is_left_alone_so_long(server, make, clock):
    server.says("/x", status=429, Retry_After="600")
    desk = make()

    with pytest.raises(CannotRunError, match="asks to be left alone"):
        await desk.ask("known", "/x")
    clock.now += 599
    with pytest.raises(CannotRunError, match="asked again in 1 s"):
        await desk.ask("known", "/x")
    clock.now += 2
    server.says("/x", b"1")

    assert await desk.ask("known", "/x") == b"1"
    assert len(server.asked) == 2


async def test_a_source_that_fails_is_left_alone_longer_each_time(server, make, clock):
    server.says("/x", status=503)
    desk = make()

    with pytest.raises(CannotRunError, match="503"):
        await desk.ask("known", "/x")
    clock.now += 31
    with pytest.raises(CannotRunError, match="503"):
        await desk.ask("known", "/x")
    clock.now += 31

    with pytest.raises(CannotRunError, match="asked again in 29 s"):
        await desk.ask("known", "/x")


async def test_the_pace_is_kept(server, make, clock):
    for number in range(3):
        server.says(f"/{number}", b"1")
    desk = make(per_minute=6)

    for number in range(3):
        await desk.ask("known", f"/{number}")

    assert clock.slept == pytest.approx([10, 10], abs=0.5)


async def test_a_huge_answer_is_refused(server, make):
    server.says("/x", b"x" * 5_000)

    with pytest.raises(CannotRunError, match="larger than 1,000"):
        await make(limit_bytes=1_000).ask("known", "/x")


async def test_a_private_address_is_not_asked(server, make):
    server.says("/x", b"1")

    with pytest.raises(CannotRunError, match="not public"):
        await make(allowed=()).ask("known", "/x")

    assert server.asked == []


async def test_a_redirect_inward_is_refused(server, make):
    server.says("/x", status=302, Location="http://10.0.0.1/secret")

    with pytest.raises(CannotRunError, match="not public"):
        await make().ask("known", "/x")


async def test_a_redirect_is_followed_without_the_key(server, make):
    async with SourceServer() as other:
        other.says("/y", b"2")
        server.says("/x", status=302, Location=f"{other.url}/y")

        assert await _with(make, "bearer").ask("known", "/x") == b"2"
        assert "Authorization" not in other.asked[0][1]


async def test_redirects_in_a_circle_end(server, make):
    server.says("/x", status=302, Location="/x")

    with pytest.raises(CannotRunError, match="redirects more than"):
        await make().ask("known", "/x")


async def test_a_source_that_is_away_leaves_it_open(make):
    with pytest.raises(CannotRunError, match="is away"):
        await make(url="http://127.0.0.1:1").ask("known", "/x")


def test_an_account_does_not_show_its_key():
    terms = Terms(url="https://x.example", conditions="https://terms.example")

    assert "s3cret" not in repr(Account(terms, key="s3cret"))
