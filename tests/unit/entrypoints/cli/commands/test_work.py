from ..conftest import Run  # noqa: TID252 - a test package has no other name


def test_queues_say_how_full_they_are(scanned: Run) -> None:
    (plan,) = scanned("queue", "list", "--json").json

    assert (plan["queue"], plan["waiting"], plan["dead"]) == ("plan", 0, 0)


def test_there_are_no_dead_letters_after_a_good_scan(scanned: Run) -> None:
    assert scanned("queue", "dead", "--json").json == {"items": [], "more": False}


def test_replay_wants_to_know_what(scanned: Run) -> None:
    assert scanned("queue", "replay").code == 2
    assert scanned("queue", "replay", "--all", "--json").json == {"replayed": 0}


def test_nothing_expires_that_was_just_seen(scanned: Run) -> None:
    assert scanned("expire").code == 0


def test_capabilities_are_listed(run: Run) -> None:
    ran = run("capabilities", "--json")

    assert ran.code == 0
    assert isinstance(ran.json, list)


def test_a_number_that_is_no_dead_letter_is_not_found(scanned: Run) -> None:
    ran = scanned("queue", "replay", "17", "17", "nonsense")

    assert ran.code == 3
    assert "2 of these numbers are no dead letters" in ran.err
