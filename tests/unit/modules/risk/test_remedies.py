import msgspec
import pytest
from hypothesis import given

from chariot.model.kinds.weakness import Risk
from chariot.modules.risk.formula import Control, Exposure, Inputs, assess
from chariot.modules.risk.policy import Weights
from chariot.modules.risk.remedies import remedies

from .test_formula import inputs, weights

PORT = Risk(target="#port#192.0.2.7#tcp#443", weakness="CVE-2024-1000")
PAGE = Risk(target="#webapplication#https://www.example.com/", weakness="CVE-2024-1000")


@given(inputs, weights)
def test_the_first_remedy_is_the_cheapest_of_all_and_each_lowers_the_score_as_it_says(base, own):
    before = assess(base, own).score

    found = remedies(PAGE, base, own)

    assert [one.effort for one in found] == sorted(one.effort for one in found)
    assert all(one.score == before - one.lowers_by < before for one in found)


@given(inputs, weights)
def test_no_change_that_lowers_the_score_is_left_out(base, own):
    before = assess(base, own).score
    changes = {
        "require a log-in": {"authenticated": True},
        "take off the internet": {
            "exposure": min(base.exposure, Exposure.INTERNAL, key=list(Exposure).index)
        },
        "separate the network": {"controls": base.controls | {Control.SEGMENTATION}},
        "put a filter before it": {"controls": base.controls | {Control.WAF, Control.VIRTUAL_PATCH}},
    }
    lowering = {
        name
        for name, fields in changes.items()
        if assess(msgspec.structs.replace(base, **fields), own).score < before
    }

    assert {one.name for one in remedies(PAGE, base, own)} - {"update"} == lowering


def test_a_remedy_that_changes_nothing_is_not_named():
    names = [remedy.name for remedy in remedies(PORT, Inputs(authenticated=True))]

    assert names == ["update", "separate the network", "take off the internet"]


@pytest.mark.parametrize(("risk", "named"), [(PAGE, True), (PORT, False)])
def test_a_filter_is_a_remedy_for_web_applications(risk, named):
    names = [remedy.name for remedy in remedies(risk, Inputs())]

    assert ("put a filter before it" in names) is named


def test_a_remedy_counts_with_the_weights_of_the_organisation():
    remedy = next(
        one for one in remedies(PORT, Inputs(), Weights(authentication=200)) if "log-in" in one.name
    )

    assert remedy.lowers_by == 8
