import pytest

from chariot import errors
from chariot.entrypoints.cli.exits import CODES, MEANINGS, Exit, code_of

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, errors.ChariotError) and value is not errors.ChariotError
]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_has_an_exit_code(kind: type[errors.ChariotError]) -> None:
    assert kind in CODES


def test_every_exit_code_has_its_meaning() -> None:
    assert set(MEANINGS) == set(Exit)


def test_a_class_of_another_package_has_the_code_of_its_parent() -> None:
    class TornError(errors.UnavailableError):
        pass

    assert code_of(TornError("torn")) is Exit.UNAVAILABLE


def test_an_error_of_no_class_counts_as_wrong_input() -> None:
    assert code_of(errors.ChariotError("odd")) is Exit.WRONG
