from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.identity.claims import ClaimRules, claim, identity_of, instant, values_of
from chariot.modules.identity.proof import UnprovenError

ISSUER = "https://id.test/realms/acme"
ZITADEL = "urn:zitadel:iam:org:project:roles"
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def test_somebody_is_known_by_issuer_and_subject_and_called_as_they_are_known():
    found = identity_of(
        {"sub": "42", "preferred_username": "ada", "iat": 0},
        ClaimRules(organisation="acme"),
        ISSUER,
        called="corporate",
    )

    assert (found.subject, found.name, found.home) == (f"oidc:{ISSUER}#42", "oidc:corporate/ada", "acme")
    assert (found.roles, found.factors, found.proven_at) == ((), 1, datetime(1970, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "name", ["local", "user:ada", "cli:root", "key:ci:1", f"oidc:{ISSUER}#1", "oidc:other/ada"]
)
def test_nobody_is_called_as_an_account_a_program_or_somebody_of_another_issuer(name):
    claims = {"sub": "42", "preferred_username": name}

    found = identity_of(claims, ClaimRules(organisation="acme"), ISSUER, called="corporate")

    assert found.name == f"oidc:corporate/{name}"


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"realm_access": {"roles": ["chariot-admin", "x"]}}, "realm_access.roles"),
        ({"groups": ["chariot-admin"]}, "groups"),
        ({"https://chariot.example.com/roles": ["chariot-admin"]}, "https://chariot.example.com/roles"),
        ({ZITADEL: {"chariot-admin": {"1": "acme.test"}}}, ZITADEL),
        ({"scope": "openid chariot-admin"}, "scope"),
        ({"cognito:groups": ["chariot-admin"]}, "cognito:groups"),
    ],
)
def test_roles_are_found_in_whatever_form_an_issuer_states_them(claims, name):
    rules = ClaimRules(organisation="acme", roles_claim=name, roles={"chariot-admin": "admin"})

    assert identity_of({"sub": "42", **claims}, rules, ISSUER, called="corporate").roles == ("admin",)


def test_what_is_not_mapped_gives_no_role():
    rules = ClaimRules(
        organisation="acme", roles_claim="groups", roles={"a": "analyst"}, default_roles=("read-only",)
    )

    assert identity_of({"sub": "42", "groups": ["admin"]}, rules, ISSUER, called="corporate").roles == (
        "read-only",
    )


@pytest.mark.parametrize(
    ("claims", "rules"),
    [
        ({"org": "other"}, ClaimRules(organisation_claim="org", organisations={"acme-corp": "acme"})),
        ({}, ClaimRules(organisation_claim="org")),
        ({"org": "system"}, ClaimRules(organisation_claim="org")),
        ({"org": "shared"}, ClaimRules(organisation_claim="org")),
        ({"org": "../acme"}, ClaimRules(organisation_claim="org")),
        ({"org": ""}, ClaimRules(organisation_claim="org", organisation="acme")),
        ({}, ClaimRules()),
    ],
)
def test_nobody_gets_into_an_organisation_that_is_not_theirs(claims, rules):
    with pytest.raises(UnprovenError) as told:
        identity_of({"sub": "42", **claims}, rules, ISSUER, called="corporate")

    assert told.value.reason == "organisation"


@pytest.mark.parametrize("sub", [None, "", 7, ["42"], "x" * 256, "4\n2"])
def test_somebody_without_a_subject_is_nobody(sub):
    with pytest.raises(UnprovenError):
        identity_of({"sub": sub}, ClaimRules(organisation="acme"), ISSUER, called="corporate")


@pytest.mark.parametrize(("stated", "is_let_in"), [("access", True), ("id", False), (None, False)])
def test_what_is_required_has_to_be_stated(stated, is_let_in):
    rules = ClaimRules(organisation="acme", required={"token_use": "access"})
    claims = {"sub": "42", "token_use": stated}
    try:
        identity_of(claims, rules, ISSUER, called="corporate")
    except UnprovenError:
        assert not is_let_in
    else:
        assert is_let_in


@pytest.mark.parametrize(
    ("amr", "factors"), [(["pwd"], 1), (["pwd", "otp"], 2), (["mfa"], 2), ("mfa", 2), (7, 1)]
)
def test_several_factors_are_told_by_the_issuer(amr, factors):
    assert (
        identity_of(
            {"sub": "42", "amr": amr}, ClaimRules(organisation="acme"), ISSUER, called="corporate"
        ).factors
        == factors
    )


@given(st.dictionaries(st.sampled_from(["sub", "org", "groups", "amr", "iat", "preferred_username"]), json))
def test_any_claims_are_read_without_a_failure(claims):
    rules = ClaimRules(organisation_claim="org", roles_claim="groups", roles={"a": "admin"})
    try:
        found = identity_of(claims, rules, ISSUER, called="corporate")
    except UnprovenError:
        return
    assert found.home not in ("", "system", "shared")
    assert set(found.roles) <= {"admin"}


def test_a_claim_is_found_whole_before_its_path():
    assert claim({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
    assert claim({"a": {"b": 2}}, "a.b") == 2
    assert claim({"a": 7}, "a.b") is None
    assert values_of({"a": True}, "a") == ("true",)
    assert instant(True) is None
