from chariot.modules.identity.proof import UnprovenError


def test_whoever_proves_nothing_is_told_less_than_the_log():
    error = UnprovenError("expired")

    assert (error.reason, str(error)) == ("expired", "the token is not known")
