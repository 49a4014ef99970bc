import random

from chariot.model.relationships import RelationshipType
from chariot.modules.graph import questions
from chariot.modules.graph.fixes import fix_of, fix_plan, smallest_set
from chariot.modules.graph.path_model import FIX_COSTS, FixKind
from chariot.modules.graph.shortest import Step
from support.graphs import DEPLOY_KEY, MAIL_HOST, ROLE, SHOP, SHOP_HOST, SHOP_RISK, VAULT

_T = RelationshipType


def steps_to(graph, key) -> tuple[Step, ...]:
    return graph.search().cheapest(2 * graph.number(key) + 1, 1).paths[0]


def test_each_step_that_can_be_ended_names_its_fix(company) -> None:
    fixes = [fix_of(company, step) for step in steps_to(company, VAULT.key)]

    assert [(fix.kind, fix.at) for fix in fixes if fix] == [
        (FixKind.TAKE_OFF, SHOP.key),
        (FixKind.MEND, SHOP.key),
        (FixKind.ROTATE, DEPLOY_KEY.key),
        (FixKind.REMOVE_RIGHT, DEPLOY_KEY.key),
        (FixKind.REMOVE_RIGHT, ROLE.key),
    ]
    assert all(fix.words.endswith(".") and fix.cost == FIX_COSTS[fix.kind] for fix in fixes if fix)


def test_the_smallest_set_takes_one_key_for_two_ways_in(company) -> None:
    # Both hosts keep the key, so its rotation costs less than mending both.
    company.link(MAIL_HOST.key, _T.HAS_CREDENTIAL, DEPLOY_KEY.key)
    wanted, _, _ = questions.targets(company)

    fixes, cost, possible = smallest_set(company, wanted)

    assert [(fix.kind, fix.at) for fix in fixes] == [(FixKind.ROTATE, DEPLOY_KEY.key)]
    assert (cost, possible) == (1, True)


def test_dearer_rotation_makes_another_set_the_smallest(company) -> None:
    wanted, _, _ = questions.targets(company)

    fixes, cost, _ = smallest_set(company, wanted, {**FIX_COSTS, FixKind.ROTATE: 5, FixKind.MEND: 5})

    assert [fix.kind for fix in fixes] == [FixKind.REMOVE_RIGHT]
    assert cost == 2


def test_the_plan_counts_what_each_fix_closes(company) -> None:
    company.link(MAIL_HOST.key, _T.HAS_CREDENTIAL, DEPLOY_KEY.key)
    wanted, _, _ = questions.targets(company)

    plan = fix_plan(company, wanted)

    assert plan.paths == 2
    assert [(step.fix.at, step.closes, step.closed, step.open_targets) for step in plan.steps] == [
        (DEPLOY_KEY.key, 2, 1.0, 0)
    ]


def test_the_same_surface_has_the_same_plan_in_whatever_order_it_came(company) -> None:
    marked = [SHOP_HOST.key, MAIL_HOST.key]
    wanted, _, _ = questions.targets(company)
    before = fix_plan(company, wanted)

    random.Random(1).shuffle(marked)
    for host in marked:
        company.link(host, _T.CAN_REACH, SHOP.key)
        company.unlink(host, _T.CAN_REACH, SHOP.key)
    company.fold()

    assert fix_plan(company, wanted) == before


def test_no_target_no_plan(company) -> None:
    plan = fix_plan(company, [])

    assert (plan.paths, plan.steps, plan.smallest, plan.possible) == (0, (), (), True)
    assert SHOP_RISK.key
