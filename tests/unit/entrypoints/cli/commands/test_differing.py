from ..conftest import Run  # noqa: TID252 - a test package has no other name


def test_what_appeared_is_listed_without_our_own_work(scanned: Run) -> None:
    found = scanned("diff", "--since", "1h", "--json").json

    kinds = {item["kind"] for item in found["items"]}
    assert {"domain", "port", "risk"} <= kinds
    assert "job" not in kinds
    assert all(item["before"] is None for item in found["items"])


def test_kinds_can_be_chosen(scanned: Run) -> None:
    ran = scanned("diff", "--since", "1h", "--kind", "domain")

    assert "Appeared (1)" in ran.out
    assert "+ #domain#app.example.com" in ran.out


def test_what_is_left_out_is_said(scanned: Run) -> None:
    assert "there are more" in scanned("diff", "--since", "1h", "--limit", "2").err


def test_secrets_never_show_in_a_difference(scanned: Run) -> None:
    for arguments in (("diff", "--kind", "alertrule"), ("diff", "--kind", "alertrule", "--json")):
        assert "s3cr3t" not in scanned(*arguments).out


def test_a_span_that_ends_before_it_begins_is_wrong(scanned: Run) -> None:
    assert scanned("diff", "--since", "1h", "--until", "2h").code == 2
