from typing import Any

import pytest

from chariot.errors import InvalidError
from chariot.model.kinds.integration import Integration
from chariot.modules.integrations.types import TYPES, JiraChoices, checked, choices_of, type_named

JIRA = {
    "type": "jira",
    "address": "https://jira.example.com",
    "secret": "ann:t",
    "options": {"project": "SEC", "at_most": "5"},
}


def test_options_become_what_the_type_declares() -> None:
    chosen = choices_of(Integration(label="jira", **JIRA))

    assert chosen == JiraChoices(project="SEC", at_most=5)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"type": "trello"}, "type"),
        ({"address": ""}, "address"),
        ({"address": "jira.example.com"}, "address"),
        ({"secret": ""}, "secret"),
        ({"options": {}}, "options"),
        ({"options": {"project": "SEC", "colour": "red"}}, "options"),
        ({"options": {"project": "SEC", "at_most": "many"}}, "options"),
        ({"options": {"project": "SEC", "filter": "score>="}}, "score"),
        ({"type": "webhook-in", "options": {}, "secret": "short"}, "secret"),
        ({"type": "report", "options": {"kinds": "ghosts"}}, "kind"),
        ({"type": "report", "options": {"filter": "score>="}}, "score"),
        ({"type": "report", "options": {"keep": "0"}}, "options"),
        ({"type": "scan", "options": {"seeds": "not a seed!"}}, "options.seeds"),
        ({"type": "scan", "options": {"depth": "light"}}, "options.depth"),
        ({"type": "webhook-in", "options": {}, "secret": "k" * 32, "every_minutes": 5}, "every_minutes"),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidError) as raised:
        checked(Integration(label="x", **(JIRA | changed)))

    assert raised.value.place == place


@pytest.mark.parametrize("name", sorted(TYPES))
def test_each_type_says_what_it_does(name: str) -> None:
    assert type_named(name).title
    assert type_named(name).choices.__doc__
