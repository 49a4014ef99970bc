from chariot.capabilities.support.patience import ENOUGH, LEAST_S, Patience


def patience_after(*took_s: float) -> Patience:
    patience = Patience(3.0)
    for one in took_s:
        patience.learn(one, patience.limit_s)
    return patience


def test_a_host_of_which_nothing_is_known_gets_the_whole_time():
    assert Patience(3.0).limit_s == 3.0
    assert patience_after(*[3.0] * 100).limit_s == 3.0


def test_a_quick_host_is_waited_for_shortly():
    assert patience_after(*[0.001] * ENOUGH).limit_s == LEAST_S


def test_a_slow_host_gets_a_multiple_of_its_slowest_answer():
    assert patience_after(*[0.01] * ENOUGH, 0.2).limit_s == 2.0
    assert patience_after(*[0.01] * ENOUGH, 0.2, 0.9).limit_s == 3.0
