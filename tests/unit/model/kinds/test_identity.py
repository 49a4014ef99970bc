import pytest

from chariot.model.kinds.identity import Session, User
from chariot.model.registry import UNLISTED


@pytest.mark.parametrize(("written", "kept"), [("Ada", "ada"), ("bob@Example.com", "bob@example.com")])
def test_a_user_name_is_the_same_however_it_is_written(written, kept):
    assert User(id=written).key == f"#user#{kept}"


@pytest.mark.parametrize("name", ["", " ada", "a b", "ada\n", "ädä", "-ada", "a" * 65, 7, None])
def test_what_cannot_be_typed_by_everybody_is_no_user_name(name):
    with pytest.raises(ValueError, match="id"):
        User(id=name)


def test_nothing_lists_people_and_their_sessions_but_their_own_service():
    assert {User.kind, Session.kind} <= UNLISTED


@pytest.mark.parametrize("cls", [User, Session])
def test_whatever_could_sign_somebody_in_is_secret(cls):
    secret = {spec.name for spec in cls.specs if spec.mark.secret}

    assert secret >= {"password", "totp", "totp_pending", "recovery", "invitation"} or secret == {"digest"}
