import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.support.sslyze_checks import problems
from chariot.model.states import Severity


@pytest.mark.parametrize(
    ("suite", "severity"),
    [
        ("TLS_RSA_WITH_AES_128_GCM_SHA256", Severity.MEDIUM),
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", Severity.MEDIUM),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", Severity.INFO),
    ],
)
def test_a_suite_that_is_not_recommended_is_a_problem(suite: str, severity: Severity) -> None:
    results = {"tls_1_2_cipher_suites": {"accepted_cipher_suites": [{"cipher_suite": {"name": suite}}]}}

    assert [one.severity for one in problems(results)] == [severity]


def test_recommended_suites_are_no_problem() -> None:
    names = ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256")
    suites = [{"cipher_suite": {"name": name}} for name in names]

    assert list(problems({"tls_1_2_cipher_suites": {"accepted_cipher_suites": suites}})) == []


def test_both_sorts_of_renegotiation_count_once() -> None:
    result = {"supports_secure_renegotiation": False, "accepts_client_renegotiation": True}

    found = list(problems({"session_renegotiation": result}))

    assert [one.counted for one in found] == [1, 0]


_ANY = (
    st.none()
    | st.booleans()
    | st.text(max_size=5)
    | st.lists(st.none() | st.dictionaries(st.text(max_size=3), st.none()))
)


@given(
    results=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("heartbleed", "robot", "certificate_info"), _ANY)
    )
)
def test_any_results_are_read(results: dict[str, object]) -> None:
    assert list(problems(results)) == []
