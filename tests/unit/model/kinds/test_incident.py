import pytest

from chariot.model.kinds.incident import ENTRIES_LIMIT, Incident


def test_entries_are_sorted_and_each_stands_once():
    assert Incident(id="x.1", entries=(3, 1, 3)).entries == (1, 3)


@pytest.mark.parametrize(
    "fields",
    [
        {"entries": tuple(range(ENTRIES_LIMIT + 1))},
        {"entries": (-1,)},
        {"evidence": {"Not A Name": "x"}},
        {"evidence": {"name": "two\nlines"}},
        {"evidence": ["x"]},
        {"regimes": ("GDPR",)},
    ],
)
def test_what_is_no_incident_is_refused(fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        Incident(id="x.1", **fields)


def test_it_is_called_by_what_happened():
    assert (Incident(id="x.1").name, Incident(id="x.1", title="Many failures").name) == (
        "x.1",
        "Many failures",
    )
