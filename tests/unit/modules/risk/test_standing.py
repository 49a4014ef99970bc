from chariot.modules.risk.standing import Standing


def test_a_standing_is_a_plain_value():
    assert Standing(3, leads_to_critical=False) == Standing(3, leads_to_critical=False)
