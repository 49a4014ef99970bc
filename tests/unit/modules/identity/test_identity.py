from chariot.model.keys import Organisation
from chariot.modules.identity.identity import Identity


def test_somebody_is_limited_by_their_roles_alone_unless_a_key_says_more() -> None:
    ada = Identity(subject="user:ada", name="ada", home=Organisation("acme"), method="password")

    assert ada.permissions is None
    assert ada.factors == 1
