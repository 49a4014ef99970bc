from chariot.adapters.network.closed import ADDRESSES_LIMIT, REMEMBERED_S, ClosedPorts

HOST = "192.0.2.7"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_port_that_refused_is_closed_for_this_scan_alone():
    closed = ClosedPorts()
    closed.learn("s1", HOST, 80, refused=True)

    assert closed.holds("s1", HOST, 80)
    assert not closed.holds("s1", HOST, 81)
    assert not closed.holds("s1", "192.0.2.8", 80)
    assert not closed.holds("s2", HOST, 80)


def test_a_port_has_to_be_silent_twice():
    closed = ClosedPorts()
    closed.learn("s1", HOST, 80, refused=False)
    assert not closed.holds("s1", HOST, 80)

    closed.learn("s1", HOST, 80, refused=False)
    assert closed.holds("s1", HOST, 80)


def test_a_port_that_opened_is_forgotten():
    closed = ClosedPorts()
    closed.learn("s1", HOST, 80, refused=True)
    closed.forget("s1", HOST, 80)
    closed.forget("s1", "192.0.2.8", 80)

    assert not closed.holds("s1", HOST, 80)


def test_what_no_scan_asked_for_is_not_remembered():
    closed = ClosedPorts()
    closed.learn("", HOST, 80, refused=True)

    assert not closed.holds("", HOST, 80)


def test_it_is_asked_again_after_an_hour():
    clock = Clock()
    closed = ClosedPorts(clock=clock)
    closed.learn("s1", HOST, 80, refused=True)
    clock.now = REMEMBERED_S
    assert not closed.holds("s1", HOST, 80)

    closed.learn("s1", HOST, 81, refused=True)
    assert not closed.holds("s1", HOST, 80)
    assert closed.holds("s1", HOST, 81)


def test_only_the_latest_addresses_are_remembered():
    closed = ClosedPorts()
    for number in range(ADDRESSES_LIMIT + 1):
        closed.learn("s1", f"10.0.0.{number}", 80, refused=True)

    assert not closed.holds("s1", "10.0.0.0", 80)
    assert closed.holds("s1", "10.0.0.1", 80)
    assert closed.holds("s1", f"10.0.0.{ADDRESSES_LIMIT}", 65_535) is False
