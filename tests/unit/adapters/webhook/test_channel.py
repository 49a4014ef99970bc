import traceback
from datetime import UTC, datetime

import msgspec
import pytest

from chariot.adapters.webhook.channel import WebhookChannel
from chariot.adapters.webhook.guard import Guard
from chariot.adapters.webhook.signature import verify
from chariot.errors import ChariotError, InvalidError, UnavailableError
from chariot.telemetry import following

from .conftest import ALERT

KEY = "k3y-of-the-webhook"
LOOPBACK = ("127.0.0.0/8",)


def clock() -> datetime:
    return datetime(2026, 3, 1, 12, tzinfo=UTC)


def channel(allowed=LOOPBACK, *, resolver=None, timeout_s: float = 5.0) -> WebhookChannel:
    return WebhookChannel(Guard(allowed, resolver=resolver), now=clock, timeout_s=timeout_s)


async def failure(url: str, **options) -> ChariotError:
    with pytest.raises(ChariotError) as failed:
        await channel(**options).send(url, ALERT, signing_key=KEY)
    return failed.value


async def test_the_receiver_can_verify_who_sent_it_and_when(receiver):
    await channel().send(receiver.url, ALERT, signing_key=KEY)

    ((request, body),) = receiver.requests
    timestamp = int(request.headers["Chariot-Timestamp"])
    assert timestamp == int(clock().timestamp())
    assert verify(KEY, timestamp, body, request.headers["Chariot-Signature"])
    assert not verify("another key", timestamp, body, request.headers["Chariot-Signature"])
    assert not verify(KEY, timestamp + 1, body, request.headers["Chariot-Signature"])
    assert request.headers["Chariot-Delivery"] == request.headers["Idempotency-Key"] == ALERT.id


async def test_the_body_is_the_alert_with_its_version(receiver):
    await channel().send(receiver.url, ALERT, signing_key=KEY)

    sent = msgspec.json.decode(receiver.requests[0][1])
    assert (sent["version"], sent["score"], sent["decision"]) == (1, 84, "act")
    assert sent["factors"][0] == {"name": "epss", "value": "at least 87 %", "points": 25.0}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, InvalidError),
        (400, InvalidError),
        (404, InvalidError),
        (410, InvalidError),
        (408, UnavailableError),
        (429, UnavailableError),
        (500, UnavailableError),
        (503, UnavailableError),
    ],
)
async def test_a_refusal_is_final_and_a_failure_is_tried_again(receiver, status, expected):
    receiver.status = status

    error = await failure(receiver.url)

    assert type(error) is expected
    assert str(status) in str(error)


async def test_a_redirect_is_not_followed(receiver):
    receiver.status = 307
    receiver.headers = {"Location": receiver.url}

    await failure(receiver.url)

    assert len(receiver.requests) == 1


async def test_a_slow_receiver_is_tried_again_later(receiver):
    receiver.pause_s = 5

    error = await failure(receiver.url, timeout_s=0.2)

    assert isinstance(error, UnavailableError)
    assert "within 0.2 s" in str(error)


async def test_a_long_answer_is_not_read(receiver):
    receiver.status = 200
    receiver.body = b"x" * 50_000_000

    await channel(timeout_s=2).send(receiver.url, ALERT, signing_key=KEY)

    assert len(receiver.requests) == 1


async def test_a_private_address_is_refused_unless_the_settings_allow_it(receiver):
    error = await failure(receiver.url, allowed=())

    assert isinstance(error, InvalidError)
    assert "not public" in str(error)
    assert receiver.requests == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "localhost", "[::ffff:127.0.0.1]"])
async def test_loopback_is_refused_however_it_is_written(receiver, host):
    error = await failure(f"http://{host}:{receiver.port}/", allowed=())

    assert "not public" in str(error)
    assert receiver.requests == []


async def test_a_name_is_looked_up_once_and_the_checked_address_is_used(receiver):
    answers = [["127.0.0.1"], ["127.0.0.66"]]

    async def resolver(_host: str, _port: int) -> list[str]:
        return answers.pop(0)

    await channel(resolver=resolver).send(
        f"http://hooks.example.test:{receiver.port}/", ALERT, signing_key=KEY
    )

    assert answers == [["127.0.0.66"]]
    assert receiver.requests[0][0].headers["Host"] == f"hooks.example.test:{receiver.port}"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://192.0.2.1/",
        "http:///x",
        "nonsense",
        "http://user:s3cret@192.0.2.1/",
        "http://[::1/",
        "https://",
    ],
)
async def test_an_address_that_is_no_webhook_is_refused(url):
    error = await failure(url)

    assert isinstance(error, InvalidError)


async def test_a_rule_without_a_signing_key_is_refused(receiver):
    with pytest.raises(InvalidError, match="signing_key"):
        await channel().send(receiver.url, ALERT, signing_key="")


@pytest.mark.parametrize("status", [404, 500])
async def test_no_error_quotes_the_address_or_the_key(receiver, status):
    receiver.status = status

    error = await failure(receiver.url)

    shown = "".join(traceback.format_exception(error))
    assert "s3cret-token" not in shown
    assert KEY not in shown


async def test_a_closed_port_is_tried_again_later_and_quotes_nothing(receiver, unused_tcp_port_factory):
    url = f"http://127.0.0.1:{unused_tcp_port_factory()}/s3cret-token"

    error = await failure(url)

    assert isinstance(error, UnavailableError)
    assert "s3cret-token" not in "".join(traceback.format_exception(error))


async def test_a_receiver_that_is_away_is_left_alone_and_others_are_not(receiver):
    away = channel()
    receiver.status = 503
    for _ in range(5):
        with pytest.raises(UnavailableError, match="503"):
            await away.send(receiver.url, ALERT, signing_key=KEY)

    with pytest.raises(UnavailableError, match="left alone"):
        await away.send(receiver.url, ALERT, signing_key=KEY)

    assert len(receiver.requests) == 5


async def test_the_receiver_learns_of_the_trace_that_the_alert_is_part_of(receiver):
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    with following(None, "an alert", parent):
        await channel().send(receiver.url, ALERT, signing_key=KEY)
    await channel().send(receiver.url, ALERT, signing_key=KEY)

    told = [request.headers.get("traceparent") for request, _ in receiver.requests]
    assert told == [parent, None]
