import msgspec
import pytest

from chariot import errors
from chariot.entrypoints.rest.problems import PROBLEMS, problem, problem_headers, problem_type
from chariot.errors import (
    BusyError,
    ChariotError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)


def _below(cls):
    for one in cls.__subclasses__():
        yield one
        yield from _below(one)


@pytest.mark.parametrize(
    "error", [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, ChariotError)]
)
def test_every_class_of_the_error_tree_has_its_own_row(error):
    assert error in PROBLEMS


def test_every_error_that_can_be_raised_has_a_status_and_a_stable_type():
    rows = {error: problem_type(error) for error in _below(ChariotError)}

    assert {error for error, row in rows.items() if not 400 <= row.status <= 599} == set()


def test_no_two_kinds_of_problem_share_a_name():
    names = [row.name for row in PROBLEMS.values()]

    assert len(names) == len(set(names))


def test_what_nobody_raised_on_purpose_is_internal_and_says_nothing():
    told = problem(RuntimeError("/home/ann/secret"), instance="/x", request_id="r")

    assert (told.status, told.detail) == (500, "The server failed")


def test_the_operator_s_text_stays_inside():
    told = problem(UnavailableError("/var/lib/chariot.db is locked"), instance="/x", request_id="r")

    assert "chariot.db" not in msgspec.json.encode(told).decode()


def test_the_wrong_field_stands_apart_from_the_text():
    told = problem(InvalidError("too large", place="limit"), instance="/x", request_id="r")

    assert (told.status, told.field, told.detail) == (400, "limit", "too large")


def test_a_problem_without_a_field_has_none():
    told = problem(NotFoundError("nothing"), instance="/x", request_id="r")

    assert b"field" not in msgspec.json.encode(told)


@pytest.mark.parametrize(("wait_s", "header"), [(0.0, "1"), (0.4, "1"), (2.0, "2"), (7.2, "8")])
def test_who_must_wait_is_told_whole_seconds_and_never_none(wait_s, header):
    assert problem_headers(BusyError("full", retry_after_s=wait_s)) == {"retry-after": header}
