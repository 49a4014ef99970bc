from pathlib import Path

import pytest

from chariot.errors import InvalidError
from chariot.modules.access.policies import read_policy, tried

EXAMPLE = Path(__file__).parents[4] / "docs" / "examples" / "access.toml"
ROLES = b'[roles.web]\npermissions = ["entities:read"]\nnames = ["shop.test"]\n'
MEMBER = b'[[members]]\nwho = "ann"\norganisation = "acme"\nroles = ["web"]\n'
CASE = b'[[cases]]\nname = "one"\nwho = "ann"\norganisation = "acme"\n'


async def wrong(case: bytes) -> tuple[str, ...]:
    (outcome,) = await tried(read_policy(ROLES + MEMBER + CASE + case))
    return outcome.wrong


async def test_the_example_in_the_documentation_is_as_it_says() -> None:
    outcomes = await tried(read_policy(EXAMPLE.read_bytes()))

    assert len(outcomes) == 5
    assert not any(one.wrong for one in outcomes)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (b'may = ["entities:read"]\nmay_not = ["risks:write"]', ()),
        (b'may = ["risks:write"]', ("may not risks:write",)),
        (b'may_not = ["entities:read"]', ("may entities:read",)),
        (b'sees = ["#domain#www.shop.test"]\nhidden = ["#domain#bank.test"]', ()),
        (b'sees = ["#domain#bank.test"]', ("does not see #domain#bank.test",)),
        (b'hidden = ["#domain#shop.test"]', ("sees #domain#shop.test",)),
    ],
)
async def test_a_case_says_what_is_not_as_it_must_be(case: bytes, said: tuple[str, ...]) -> None:
    assert await wrong(case) == said


@pytest.mark.parametrize(
    "data",
    [
        b"x =",
        b"\xff",
        b"planet = 1",
        b'type = "compliance"',
        b'[roles.web]\npermissions = ["nothing"]',
        CASE + b'sees = ["no key"]',
        CASE + b'sees = ["#planet#mars"]',
        CASE + b'sees = ["#port#192.0.2.7#tcp"]',
        CASE + b'sees = ["#port#192.0.2.7#tcp#many"]',
        CASE + b'sees = ["#domain#a.test#b"]',
        CASE + b'sees = [{ key = "#domain#a.test", severity = "high" }]',
        b"a = " + b"[" * 5_000,
        b" " * 1_000_001,
    ],
)
def test_what_is_no_policy_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidError):
        read_policy(data)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'[roles.web]\npermissions = ["entities:read", "mine:stroke"]', "roles.web.permissions[1]"),
        (CASE + b'may = ["mine:stroke"]', "cases[0].may[0]"),
        (CASE + b'may_not = ["seeds:write", "risks:read"]', "cases[0].may_not[1]"),
    ],
)
def test_a_permission_that_nothing_asks_for_is_refused_with_its_place(data: bytes, place: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_policy(data)

    assert refused.value.place == place


@pytest.mark.parametrize(
    "key",
    [
        "#dnsrecord#a.test#TXT#v=spf1 %23 %25",
        "#comment#risk#port#192.0.2.7#tcp#443#CVE-2023-12345#c1",
        "#job#tcp-connect#address#192.0.2.7",
        "#webapplication#https://[2001:db8::1]:8443/",
        "#ticket#jira#risk#domain#a.test#CVE-2023-12345",
        "#importpage#one#7",
    ],
)
async def test_everything_that_has_a_key_can_stand_in_a_case(key: str) -> None:
    assert await wrong(f'hidden = ["{key}"]'.encode()) == ()
    assert await wrong(f'sees = ["{key}"]'.encode()) == (f"does not see {key}",)
