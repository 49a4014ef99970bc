from ..conftest import Run  # noqa: TID252 - a test package has no other name


def test_everything_known_of_one_entity_is_shown(scanned: Run) -> None:
    ran = scanned("show", "http://app.example.com")

    assert ran.code == 0
    for part in ("Facts", "How it was found", "Relationships from here", "HAS_RISK", "History", "created"):
        assert part in ran.out


def test_evidence_and_factors_of_a_risk_are_shown_as_text(scanned: Run) -> None:
    ran = scanned("show", "risk#webapplication#http://app.example.com/#CVE-2021-41773")

    assert "+30.0  kev: known exploited" in ran.out
    assert "[banner] Server header" in ran.out
    assert ran.out.replace("\n", "").isprintable()


def test_secrets_are_hidden_also_in_the_history(scanned: Run) -> None:
    for arguments in (("show", "alertrule#urgent"), ("show", "alertrule#urgent", "--json")):
        ran = scanned(*arguments)

        assert ran.code == 0
        assert "s3cr3t" not in ran.out


def test_a_key_that_nothing_has_is_not_found(scanned: Run) -> None:
    ran = scanned("show", "nowhere.example.com")

    assert ran.code == 3
    assert "nowhere.example.com" in ran.err


def test_before_it_was_seen_there_was_nothing(scanned: Run) -> None:
    assert scanned("show", "app.example.com", "--as-of", "1h").code == 3


def test_a_key_that_nothing_had_then_is_told_from_one_that_nothing_has(scanned: Run) -> None:
    ran = scanned("show", "app.example.com", "--as-of", "2020-01-01T00:00Z")

    assert ran.code == 3
    assert "nothing had the key 'app.example.com' at 2020-01-01" in ran.err
