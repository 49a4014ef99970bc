"""Against a real receiver on loopback, through one of the services that can be hosted by oneself."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import web

from chariot.adapters.apprise_channel.channel import AppriseChannel
from chariot.adapters.webhook.guard import Guard
from chariot.errors import InvalidError, UnavailableError
from chariot.model.states import Decision, RiskState, Severity
from chariot.modules.alerts.ports import Alert

# One of the services of `apprise` loads a module that Python is about to drop; it does without.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ALERT = Alert(
    id="0" * 32,
    rule="urgent",
    cause="new",
    began_at=datetime(2026, 3, 1, tzinfo=UTC),
    organisation="acme",
    risk="#risk#port#192.0.2.7#tcp#443#CVE-2024-1000",
    target="#port#192.0.2.7#tcp#443",
    weakness="CVE-2024-1000",
    title="Widget 1.0: it overflows",
    score=84,
    decision=Decision.ACT,
    severity=Severity.CRITICAL,
    state=RiskState.TRIAGE,
    known_exploited=True,
    remediation="",
    factors=(),
)


class Receiver:
    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.status = 200
        self.pause_s = 0.0
        self.port = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.text())
        await asyncio.sleep(self.pause_s)
        return web.json_response({}, status=self.status)


@pytest.fixture
async def receiver():
    made = Receiver()
    runner = web.ServerRunner(web.Server(made.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


@pytest.fixture
def channel():
    made = AppriseChannel(Guard(("127.0.0.0/8",)), timeout_s=5)
    yield made
    made.close()


@pytest.fixture
def strict():
    async def resolver(host: str, _port: int) -> list[str]:
        return [host if host[0].isdigit() else "8.8.8.8"]

    made = AppriseChannel(Guard(resolver=resolver))
    yield made
    made.close()


async def test_a_service_gets_the_alert_in_words(channel, receiver):
    await channel.send(f"ntfy://127.0.0.1:{receiver.port}/topic", ALERT, signing_key="")

    (body,) = receiver.bodies
    assert "New risk: 84 of 100" in body
    assert "Widget 1.0: it overflows" in body


async def test_a_service_that_refuses_is_tried_again_later(channel, receiver):
    receiver.status = 500

    with pytest.raises(UnavailableError, match="did not take"):
        await channel.send(f"ntfy://127.0.0.1:{receiver.port}/topic", ALERT, signing_key="")


async def test_a_slow_service_is_tried_again_later(receiver):
    receiver.pause_s = 1
    channel = AppriseChannel(Guard(("127.0.0.0/8",)), timeout_s=0.2)

    with pytest.raises(UnavailableError, match="within"):
        await channel.send(f"ntfy://127.0.0.1:{receiver.port}/topic", ALERT, signing_key="")

    channel.close()


@pytest.mark.parametrize("address", ["nosuch://s3cret", "s3cret", "json://127.0.0.1/s3cret", "syslog://"])
async def test_what_is_no_service_is_refused_without_quoting_it(channel, address):
    with pytest.raises(InvalidError) as refused:
        await channel.send(address, ALERT, signing_key="")

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    ["ntfy://127.0.0.1/topic", "ntfy://169.254.169.254/topic", "mailto://a:b@mail.example?smtp=127.0.0.1"],
)
async def test_a_service_of_ones_own_inside_is_refused_unless_allowed(strict, address):
    with pytest.raises(InvalidError, match="not public"):
        await strict.send(address, ALERT, signing_key="")


async def test_the_library_logs_nothing(channel, receiver, caplog):
    receiver.status = 500

    with pytest.raises(UnavailableError):
        await channel.send(f"ntfy://user:s3cret@127.0.0.1:{receiver.port}/topic", ALERT, signing_key="")

    assert "s3cret" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("apprise")]
