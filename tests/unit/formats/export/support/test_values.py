from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.export.jsonl import JsonLines
from chariot.formats.export.support.values import JSON, TEXTS, cell, form_of
from chariot.model.base import Entity
from chariot.model.registry import spec_of
from strategies import any_of


@pytest.mark.parametrize(
    ("kind", "field", "form"),
    [
        ("port", "number", int),
        ("vulnerability", "epss", float),
        ("vulnerability", "known_exploited", bool),
        ("certificate", "not_after", datetime),
        ("certificate", "names", TEXTS),
        ("risk", "severity", str),
        ("risk", "factors", JSON),
        ("webapplication", "headers", JSON),
    ],
)
def test_a_field_has_the_form_of_its_type(kind: str, field: str, form: object) -> None:
    assert form_of(spec_of(kind)[field]) == form


@given(st.sampled_from(JsonLines.kinds).flatmap(any_of))
def test_every_field_of_every_entity_fits_its_form(entity: Entity) -> None:
    forms = {str: str, int: int, float: (int, float), bool: bool, datetime: datetime, TEXTS: list, JSON: str}

    cells = [(cell(getattr(entity, spec.name), form_of(spec)), form_of(spec)) for spec in entity.specs]

    assert all(value is None or isinstance(value, forms[form]) for value, form in cells)
