from hypothesis import given
from hypothesis import strategies as st

from chariot.model.keys import Organisation
from chariot.modules.audit.chain import GENESIS, chained, details_of, entry_of, followed
from chariot.modules.audit.entries import Ending, Entry

ACME = Organisation("acme")
TEXT = st.text(max_size=20)
ENTRIES = st.lists(
    st.builds(
        Entry,
        organisation=st.just(ACME),
        actor=TEXT,
        action=TEXT,
        object=TEXT,
        ending=st.sampled_from(Ending),
        address=TEXT,
        request_id=TEXT,
        details=st.dictionaries(TEXT, TEXT, max_size=3),
    ),
    min_size=1,
    max_size=6,
)


@given(ENTRIES)
def test_a_chain_that_nobody_touched_is_followed_to_its_end(entries: list[Entry]) -> None:
    rows = chained(ACME, entries, last=0, previous=GENESIS, at_us=5)

    assert followed(ACME, rows, last=0, previous=GENESIS) == (len(rows), rows[-1].hash, None)
    assert [entry_of(ACME, row) for row in rows] == entries


@given(ENTRIES, st.data())
def test_whatever_is_changed_is_found_where_it_is(entries: list[Entry], data: st.DataObject) -> None:
    rows = chained(ACME, entries, last=0, previous=GENESIS, at_us=5)
    place = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from(["actor", "action", "object", "address", "before", "details"]))
    changed = rows[place]._replace(**{column: getattr(rows[place], column) + "x"})

    last, _, broken = followed(ACME, [*rows[:place], changed, *rows[place + 1 :]], last=0, previous=GENESIS)

    assert broken is not None
    assert (broken.sequence, last) == (place + 1, place)


def test_the_same_entries_of_another_organisation_are_another_chain() -> None:
    rows = chained(ACME, [Entry(organisation=ACME, actor="a", action="b")], last=0, previous=GENESIS, at_us=5)

    _, _, broken = followed(Organisation("globex"), rows, last=0, previous=GENESIS)

    assert broken is not None


def test_text_moved_from_one_column_to_the_next_is_another_entry() -> None:
    one, two = (
        chained(ACME, [Entry(organisation=ACME, actor=a, action=b)], last=0, previous=GENESIS, at_us=5)[
            0
        ].hash
        for a, b in (("ab", "c"), ("a", "bc"))
    )

    assert one != two


def test_details_that_are_no_json_any_more_are_shown_as_they_are() -> None:
    (row,) = chained(
        ACME, [Entry(organisation=ACME, actor="a", action="b")], last=0, previous=GENESIS, at_us=5
    )

    assert details_of(row._replace(details="{")) == {"unreadable": "{"}
