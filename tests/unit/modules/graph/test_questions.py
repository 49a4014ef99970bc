import pytest

from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import Key
from chariot.model.relationships import RelationshipType
from chariot.modules.graph import questions
from chariot.modules.graph.facts import GONE
from support.graphs import (
    DEPLOY_KEY,
    LINKS,
    MAIL_HOST,
    MAIL_PORT,
    MAIL_RISK,
    ROLE,
    SEED,
    SHOP,
    SHOP_HOST,
    SHOP_PORT,
    SHOP_RISK,
    VAULT,
)


@pytest.mark.parametrize(("name", "value"), [("k", 0), ("k", 101), ("limit", 0), ("limit", 101)])
def test_questions_out_of_range_name_what_is_wrong(company, name, value) -> None:
    with pytest.raises(InvalidError) as caught:
        questions.attack_paths(company, VAULT.key, **{name: value})

    assert caught.value.place == name


@pytest.mark.parametrize("key", ["#domain#nobody.example", "internet", "CVE-2021-42013 at nothing", ""])
def test_what_is_not_there_is_not_found(company, key) -> None:
    with pytest.raises(NotFoundError):
        questions.position(company, Key(key))


def test_more_targets_than_asked_for_are_said_to_be_there(company) -> None:
    company.put(VAULT.key, GONE)

    found = questions.attack_paths(company, limit=1)

    assert found.assumed
    assert [path.target for path in found.paths] == [SHOP_HOST.key]
    assert not found.complete


def test_targets_stand_by_how_endangered_they_are(company) -> None:
    company.put(VAULT.key, GONE)

    wanted, unreached, assumed = questions.targets(company)

    assert [one.key for one in wanted] == [SHOP_HOST.key, MAIL_HOST.key]
    assert (unreached, assumed) == (0, True)


def test_for_every_asset_pruning_takes_as_many_as_its_dominator_carries(company) -> None:
    carried = {one.key: one.carries for one in questions.keystones(company, limit=100)}

    pruned = {key: sum(questions.prune(company, [key]).leaves.values()) for key in carried}

    assert pruned == carried
    assert carried[SEED.key] > carried[SHOP_HOST.key] > carried[SHOP_RISK.key] == 1


def test_pruning_two_takes_what_only_both_together_hold(company) -> None:
    company.link(MAIL_HOST.key, RelationshipType.HAS_CREDENTIAL, DEPLOY_KEY.key)

    alone = questions.prune(company, [SHOP_HOST.key])
    both = questions.prune(company, [SHOP_HOST.key, MAIL_HOST.key])

    assert DEPLOY_KEY.key not in alone.items
    assert DEPLOY_KEY.key in both.items


def test_what_no_seed_led_to_does_not_leave_with_one(company) -> None:
    found = questions.prune(company, [SEED.key])

    assert ROLE.key not in found.items
    assert {SHOP.key, SHOP_PORT.key, MAIL_PORT.key, MAIL_RISK.key} <= set(found.items)


def test_lists_are_cut_and_say_by_how_much(company) -> None:
    pruned = questions.prune(company, [SEED.key], limit=2)
    blast = questions.blast_radius(company, SHOP_HOST.key, limit=1)

    assert len(pruned.items) == 2
    assert pruned.left_out == sum(pruned.leaves.values()) - 2
    assert len(blast.places) == 1
    assert blast.left_out == sum(blast.held.values()) + sum(blast.reached.values()) - 1


def test_a_position_stops_counting_at_its_limit(company, monkeypatch) -> None:
    monkeypatch.setattr(questions, "REACH_LIMIT", 1)

    assert questions.position(company, SHOP.key).reachable == 1


def test_the_neighbourhood_of_two_hops_has_that_of_one(company) -> None:
    one = questions.neighbourhood(company, SHOP_HOST.key)
    two = questions.neighbourhood(company, SHOP_HOST.key, hops=2)

    assert two.keys[: len(one.keys)] == one.keys
    assert len(questions.neighbourhood(company, SHOP_HOST.key, hops=10).links) == len(LINKS) - 2 + 2


def test_the_worked_example_of_the_documents_is_true(company) -> None:
    (path,) = questions.attack_paths(company).paths

    assert path.likelihood == pytest.approx(0.9**5, rel=1e-4)
    assert [round(step.likelihood, 4) for step in path.steps] == [1, 0.9, 1, 0.9, 0.9, 0.9, 0.9]
    assert questions.targets(company)[0][0].likelihood == path.likelihood
    assert company.measure()[2 * company.number(VAULT.key) + 1] == 526_813
