import pytest

from chariot_client.retries import Retries, retry_after_s


@pytest.mark.parametrize("status", [None, 500, 502, 503, 504])
def test_what_may_have_been_done_is_repeated_only_where_that_is_harmless(status):
    assert Retries().wait_s(1, harmless=False, status=status) is None
    assert Retries().wait_s(1, harmless=True, status=status) is not None


def test_a_refusal_for_being_too_quick_is_always_waited_out():
    assert Retries().wait_s(1, harmless=False, status=429, retry_after_s=3.0) == 3.0


@pytest.mark.parametrize("status", [400, 401, 404, 409, 412])
def test_a_problem_of_the_caller_is_never_sent_again(status):
    assert Retries().wait_s(1, harmless=True, status=status) is None


def test_waits_grow_and_end():
    waits = [Retries().wait_s(n, harmless=True, status=503, chance=lambda: 1.0) for n in range(1, 6)]

    assert waits == [0.25, 0.5, 1.0, 2.0, None]


def test_a_server_that_asks_for_too_much_is_not_waited_for():
    assert Retries().wait_s(1, harmless=True, status=503, retry_after_s=3_600.0) is None


@pytest.mark.parametrize("text", [None, "", "soon", "-1", "1e9", "99999999", "٣"])
def test_what_is_no_number_of_seconds_says_nothing(text):
    assert retry_after_s(text) is None
