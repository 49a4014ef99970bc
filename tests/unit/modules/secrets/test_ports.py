from chariot.modules.secrets.ports import MasterKey, Wrapped


def test_what_is_told_of_a_master_key_holds_no_key():
    assert set(MasterKey.__struct_fields__) == {"id", "current", "made_at"}
    assert Wrapped("m1", b"x") == Wrapped("m1", b"x")
