from hypothesis import given
from hypothesis import strategies as st

from chariot.entrypoints.rest.context import context_of

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def scope(*headers):
    return {"headers": list(headers), "client": ("192.0.2.9", 4_000)}


def test_headers_that_nobody_reads_are_left_out():
    context = context_of(scope((b"host", b"a.test"), (b"x-unread", b"secret")))

    assert dict(context.headers) == {"host": "a.test"}
    assert context.address == "192.0.2.9"


def test_a_header_that_comes_twice_fits_nothing():
    context = context_of(scope((b"host", b"a.test"), (b"host", b"b.test")))

    assert context.headers["host"] == "a.test, b.test"


def test_ids_of_two_requests_differ():
    assert context_of(scope()).request_id != context_of(scope()).request_id


def test_a_trace_goes_on():
    assert context_of(scope((b"traceparent", TRACE.encode()))).trace.trace_id == TRACE[3:35]


@given(
    st.lists(st.tuples(st.sampled_from([b"host", b"traceparent", b"x-request-id"]), st.binary(max_size=80)))
)
def test_whatever_a_header_holds_is_read(headers):
    assert context_of(scope(*headers)).request_id.isascii()
