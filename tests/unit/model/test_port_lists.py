import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import ConfigurationError
from chariot.model.port_lists import RANKED, port_numbers
from chariot.settings import load_settings


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([80, "443"], (80, 443)),
        (["8000-8003", "8001"], (8000, 8001, 8002, 8003)),
        (["top-3"], (22, 80, 443)),
        ([" 22 "], (22,)),
        ([], ()),
    ],
)
def test_numbers_ranges_and_lists_become_ports(written, expected):
    assert port_numbers(written) == expected


def test_all_means_all():
    assert len(port_numbers(["all"])) == 65_535


def test_the_ranking_names_each_port_once():
    assert len(RANKED) == len(set(RANKED)) == 100


@pytest.mark.parametrize("wrong", ["0", "65536", "90-80", "top-0", "top-101", "http", "-1", "1-", "", "٣"])
def test_what_is_no_port_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match="is no port"):
        port_numbers([wrong])


def test_settings_take_ranges_and_say_what_is_wrong(tmp_path):
    file = tmp_path / "chariot.toml"
    file.write_text('ports = [80, "8000-8002"]')

    assert load_settings(file, environ={}).ports == (80, 8000, 8001, 8002)
    assert load_settings(environ={"CHARIOT_PORTS": "top-1,8443"}).ports == (80, 8443)
    with pytest.raises(ConfigurationError, match="70000"):
        load_settings(environ={"CHARIOT_PORTS": "70000"})


@given(st.text(max_size=20))
def test_any_text_is_ports_or_refused(text):
    try:
        ports = port_numbers([text])
    except ValueError:
        return
    assert all(1 <= port <= 65_535 for port in ports)
