import msgspec

from chariot.model.keys import Key
from chariot.modules.graph.answers import Fix, Link, Neighbourhood
from chariot.modules.graph.path_model import FixKind


def test_two_fixes_are_the_same_when_they_change_the_same_whatever_they_are_called() -> None:
    one = Fix(kind=FixKind.MEND, at="#port#192.0.2.7#tcp#443", what="httpd", words="Update it.", cost=1)

    assert one.id == msgspec.structs.replace(one, words="Update httpd.").id
    assert one.id != msgspec.structs.replace(one, what="openssl").id


def test_a_part_of_a_neighbourhood_is_what_is_reached_through_nothing_else() -> None:
    here, near, hidden, behind = (Key(f"#domain#{name}.example.com") for name in ("a", "b", "c", "d"))
    pairs = ((here, near), (here, hidden), (hidden, behind))
    links = tuple(Link(source=one, type="resolves-to", target=other) for one, other in pairs)
    whole = Neighbourhood(key=here, keys=(here, near, hidden, behind), links=links)

    part = whole.within({here, near, behind})

    assert (part.keys, part.links) == ((here, near), links[:1])
    assert whole.within(whole.keys) == whole
