from chariot.modules.receipts.ports import CLAIM_S, HELD_S


def test_an_answer_is_held_for_a_day_and_longer_than_a_claim():
    assert CLAIM_S < HELD_S == 86_400
