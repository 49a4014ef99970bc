from chariot.modules.audit.circumstances import circumstances


def test_where_nobody_asked_there_are_none() -> None:
    assert circumstances.get() is None
