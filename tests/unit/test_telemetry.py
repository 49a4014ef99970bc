import io
import json
import logging

import pytest
import structlog

from chariot import telemetry
from chariot.telemetry import configure_logging, hide_secrets, request_id


@pytest.fixture(autouse=True)
def defaults_afterwards():
    yield
    structlog.reset_defaults()


def test_an_event_is_one_line_of_json():
    out = io.StringIO()
    configure_logging(json=True, stream=out)

    structlog.get_logger().info("scan started", seeds=2)

    (line,) = out.getvalue().splitlines()
    event = json.loads(line)
    assert (event["event"], event["seeds"], event["level"]) == ("scan started", 2, "info")


def test_events_below_the_level_are_left_out():
    out = io.StringIO()
    configure_logging(json=True, level=logging.WARNING, stream=out)

    structlog.get_logger().info("hardly worth saying")

    assert out.getvalue() == ""


def test_an_event_names_the_request_that_it_belongs_to():
    out = io.StringIO()
    configure_logging(json=True, stream=out)
    token = request_id.set("r-1")
    structlog.get_logger().info("inside")
    request_id.reset(token)
    structlog.get_logger().info("outside")

    inside, outside = (json.loads(line) for line in out.getvalue().splitlines())
    assert inside["request_id"] == "r-1"
    assert "request_id" not in outside


@pytest.mark.parametrize("json", [True, False])
def test_a_traceback_tells_where_and_never_what_variables_held(json):
    out = io.StringIO()
    configure_logging(json=json, stream=out)
    held = "hunter2".replace("2", "-in-a-variable")

    def fails():
        raise ValueError(len(held))

    try:
        fails()
    except ValueError:
        structlog.get_logger().exception("it broke")

    assert ("ValueError" in out.getvalue(), "test_telemetry" in out.getvalue()) == (True, True)
    assert "hunter-in-a-variable" not in out.getvalue()


def test_people_get_plain_lines_without_colours_when_piped():
    out = io.StringIO()
    configure_logging(json=False, stream=out)

    structlog.get_logger().info("scan started")

    assert "scan started" in out.getvalue()
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize(
    "name", ["Authorization", "api_token", "password", "signing_key", "Set-Cookie", "channel"]
)
def test_a_secret_is_hidden_by_its_name_however_deep(name):
    event = hide_secrets(None, "info", {"event": "x", name: "s3cr3t", "inner": {name: "s3cr3t"}})

    assert "s3cr3t" not in str(event)


def test_a_newline_from_outside_starts_no_new_event():
    out = io.StringIO()
    configure_logging(json=True, stream=out)

    structlog.get_logger().info("banner", text='x\n{"event": "forged"}')

    assert len(out.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    ("header", "trace_id", "sampled"),
    [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736", True),
        (
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            False,
        ),
        (
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            True,
        ),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", "", False),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "", False),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", "", False),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "", False),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "", False),
        ("", "", False),
    ],
)
def test_a_traceparent_is_read_as_its_standard_says(header, trace_id, sampled):
    found = telemetry.trace_of(header)

    assert (found.trace_id, found.sampled) == (trace_id, sampled)


def test_an_event_names_the_trace_that_it_belongs_to():
    token = telemetry.request_id.set("r1")
    traced = telemetry.trace.set(telemetry.Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"))
    event = telemetry.add_request_id(None, "", {})
    telemetry.trace.reset(traced)
    telemetry.request_id.reset(token)

    assert event == {"request_id": "r1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}


class Shelf:
    """A port's adapter."""

    size = 1

    async def read(self, name):
        if name == "gone":
            raise KeyError(name)
        return name

    def stamp(self):
        return self.size


async def test_calls_of_a_port_are_counted_with_those_that_failed():
    times, shelf = telemetry.CallTimes(), Shelf()
    watched = telemetry.watched("shelf", shelf, times)

    assert await watched.read("a") == "a"
    with pytest.raises(KeyError):
        await watched.read("gone")

    (counted,) = times.times.values()
    assert sum(counted[:-1]) == 2
    assert times.failures == {("shelf", "read"): 1}


def test_what_is_no_coroutine_passes_as_it_is():
    times, shelf = telemetry.CallTimes(), Shelf()
    watched = telemetry.watched("shelf", shelf, times)
    before = (watched.size, watched.stamp())
    shelf.size = 2

    assert (before, watched.size, watched.stamp(), times.times) == ((1, 1), 2, 2, {})
