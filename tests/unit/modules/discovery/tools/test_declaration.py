import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import ConfigurationError
from chariot.modules.discovery.tools.declaration import read_tool

GOOD = """
name = "looker"
summary = "Looks"
program = "looker"
accepts = ["address"]
arguments = ["-t", "{address}"]
format = "nmap"
yields = ["port"]
touch = "active"
sends = "a probe"
"""
WEB = GOOD.replace('["address"]', '["webapplication"]')
PICTURE = (
    GOOD.replace('"{address}"', '"{address}", "{output_file}.png"')
    .replace('format = "nmap"', "picture = true")
    .replace('["port"]', '["attribute"]')
    + 'output = "file"\noutput_bytes = 1000000\n'
)


def test_one_that_takes_pictures_needs_no_reader() -> None:
    assert read_tool(PICTURE, "x").picture


def test_a_declaration_is_read() -> None:
    tool = read_tool(GOOD, "looker.toml")

    assert (tool.name, tool.needs, tool.period.total_seconds()) == ("looker", {"address"}, 86_400)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('program = "looker"', 'program = "../bin/sh"'), "no bare file name"),
        (GOOD.replace('program = "looker"', 'program = "-x"'), "no bare file name"),
        (GOOD.replace('["port"]', '["prot"]'), "is no kind"),
        (GOOD.replace('"{address}"', '"{url}"'), "has no {url}"),
        (GOOD.replace('"{address}"', '"x"'), "no placeholder tells it its target"),
        (GOOD + 'output = "file"', "{output_file} is missing"),
        (GOOD + 'targets = "{address}"', "{targets_file} is missing"),
        (GOOD + "stdin = true", "targets: says what stands"),
        (GOOD + "success = []", "at least one exit code"),
        (GOOD + "picture = true", "leave format out"),
        (PICTURE.replace('output = "file"', ""), 'needs output = "file"'),
        (PICTURE.replace("{output_file}.png", "{output_file}"), "{output_file}.png is missing"),
        (GOOD + "success = [256]", "no exit code"),
        (GOOD + 'environment = ["A=B"]', "is no variable"),
        (GOOD + 'version = ["{address}"]', "takes no placeholder"),
        (GOOD + '[files]\n"../x.rb" = ""', "no plain file name"),
        (GOOD + '[files]\n"targets.txt" = ""', "one that is taken"),
        (GOOD + "shell = true", "shell"),
        (GOOD + "timeout_s = 0", "timeout_s"),
        (GOOD + "fetch = true", "only web applications"),
        (WEB.replace('"{address}"', '"{url}"'), "holds it in scope"),
        ("name = ", "is not in order"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, said) -> None:
    with pytest.raises(ConfigurationError, match=r"looker\.toml") as caught:
        read_tool(text, "looker.toml")

    assert said in str(caught.value)


def test_a_tool_that_looks_names_up_by_itself_goes_through_the_proxy_or_gets_an_address() -> None:
    assert read_tool(WEB.replace('"{address}"', '"{url}", "{proxy}"'), "x").needs == {"url", "proxy"}
    assert read_tool(WEB.replace('"{address}"', '"{url}", "--ip={address}"'), "x").needs == {"url", "address"}


def test_a_netblock_is_given_address_by_address() -> None:
    """A block as a whole may hold addresses that are denied."""
    block = GOOD.replace('["address"]', '["netblock"]')

    assert read_tool(
        block.replace('"{address}"', '"{targets_file}"') + 'targets = "{address}"', "x"
    ).needs == {"targets_file", "address"}
    with pytest.raises(ConfigurationError, match="may hold what is denied"):
        read_tool(block.replace('"{address}"', '"{netblock}"'), "x")


@given(st.text(max_size=200))
def test_any_text_is_a_tool_or_a_clear_error(text) -> None:
    with pytest.raises(ConfigurationError, match=r"x\.toml"):
        read_tool(text, "x.toml")
