import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capability import CannotRunError
from chariot.modules.discovery.tools.arguments import checked, faults_of_argument, filled, needs_of


def test_placeholders_are_filled_in_once() -> None:
    assert filled(["-p{port}", "{host}", "-x"], {"port": "443", "host": "www.example.com"}) == (
        "-p443",
        "www.example.com",
        "-x",
    )


def test_a_value_is_never_read_for_placeholders() -> None:
    assert filled(["{url}"], {"url": "https://www.example.com/{rate}", "rate": "1"}) == (
        "https://www.example.com/{rate}",
    )


@pytest.mark.parametrize("value", ["-oProxyCommand=x", "--help", "@/etc/passwd", "", "a b", "a\nb", "a\0b"])
def test_what_could_be_an_option_a_file_or_a_second_line_is_refused(value) -> None:
    with pytest.raises(CannotRunError):
        filled(["{host}"], {"host": value})


def test_a_value_that_the_target_lacks_is_told() -> None:
    with pytest.raises(CannotRunError, match="the target has no server name"):
        filled(["{server_name}"], {})


@given(st.text(max_size=30))
def test_a_filled_argument_is_the_value_or_nothing_runs(value) -> None:
    try:
        (argument,) = filled(["{host}"], {"host": value})
    except CannotRunError:
        return
    assert argument == value == checked("host", value)
    assert argument[0] not in "-@"


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("{nothing}", "is no placeholder"),
        ("--url={url}", "stands alone"),
        ("{host}:{port}", "stands alone"),
        ("a{", "brace"),
        ("{Host}", "brace"),
        ("a\nb", "control characters"),
    ],
)
def test_what_an_argument_may_not_hold_is_told(argument, said) -> None:
    (fault,) = faults_of_argument(argument, ("webapplication",))

    assert said in fault


def test_a_placeholder_belongs_to_the_kinds_that_have_it() -> None:
    assert faults_of_argument("{url}", ("webapplication",)) == []
    assert faults_of_argument("{url}", ("address",)) == ["a address has no {url}"]


def test_what_is_ours_may_stand_inside_an_argument() -> None:
    assert faults_of_argument("--json={output_file}", ("address",)) == []
    assert needs_of(["--rate={rate}", "{host}", "plain"]) == {"rate", "host"}
