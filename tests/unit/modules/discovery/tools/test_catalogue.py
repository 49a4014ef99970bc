import msgspec
import pytest

from chariot.errors import ConfigurationError
from chariot.modules.discovery.registry import load_capabilities
from chariot.modules.discovery.tools.catalogue import check_chains, load_tools
from chariot.modules.discovery.tools.declaration import read_tool
from chariot.modules.exchange.catalogue import installed_formats

from .test_declaration import GOOD

LOOKER = read_tool(GOOD, "looker")
ACCEPTS = {"looker": ("address",), "second": ("port",), "third": ("address",)}


def tool(name: str, **changes):
    return msgspec.structs.replace(LOOKER, name=name, **changes)


def check(*tools) -> None:
    named = {one.name: one for one in tools}
    check_chains(named, {**ACCEPTS, **{one.name: one.accepts for one in tools}}, ["nmap"])


def test_the_tools_that_come_with_this_program_are_in_order() -> None:
    tools = load_tools()

    assert {
        "nmap", "masscan", "naabu", "subfinder", "amass", "httpx", "nuclei", "testssl", "sslyze", "nikto",
        "whatweb", "ffuf", "trufflehog", "gitleaks",
    } <= tools.keys()  # fmt: skip
    accepts = {one.name: one.accepts for one in (*load_capabilities(), *tools.values())}
    check_chains(tools, accepts, installed_formats())


def test_an_own_tool_takes_the_place_of_a_shipped_one(tmp_path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD.replace('"looker"', '"nmap"'))

    assert load_tools(tmp_path)["nmap"].summary == "Looks"


def test_a_folder_that_is_not_there_adds_nothing(tmp_path) -> None:
    assert load_tools(tmp_path / "none") == load_tools()


def test_two_own_tools_of_one_name_are_refused(tmp_path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text(GOOD)

    with pytest.raises(ConfigurationError, match="both declare the tool 'looker'"):
        load_tools(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 70_000])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content) -> None:
    (tmp_path / "bad.toml").write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"bad\.toml"):
        load_tools(tmp_path)


def test_a_chain_fits_together() -> None:
    check(tool("looker", next=("second",)), tool("second", accepts=("port",), chained=True))


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ([tool("looker", next=("nothing",))], "nothing is called 'nothing'"),
        ([tool("looker", next=("third",))], "none of it is yielded"),
        ([tool("looker", format="nonsense")], "no format is called 'nonsense'"),
        ([tool("looker", chained=True)], "no tool names it"),
        (
            [
                tool("looker", yields=("address",), next=("other",)),
                tool("other", yields=("address",), next=("looker",)),
            ],
            "looker -> other -> looker leads back",
        ),
        ([tool("looker", yields=("address",), next=("looker",))], "looker -> looker leads back"),
    ],
)
def test_what_does_not_fit_together_is_told(tools, said) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check(*tools)

    assert said in str(caught.value)
