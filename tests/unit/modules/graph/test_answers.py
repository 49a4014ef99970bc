import msgspec

from chariot.modules.graph.answers import Fix
from chariot.modules.graph.path_model import FixKind


def test_two_fixes_are_the_same_when_they_change_the_same_whatever_they_are_called() -> None:
    one = Fix(kind=FixKind.MEND, at="#port#192.0.2.7#tcp#443", what="httpd", words="Update it.", cost=1)

    assert one.id == msgspec.structs.replace(one, words="Update httpd.").id
    assert one.id != msgspec.structs.replace(one, what="openssl").id
