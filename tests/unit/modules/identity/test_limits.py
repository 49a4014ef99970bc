from datetime import timedelta

import pytest

from chariot.modules.identity.limits import SessionLimits


@pytest.mark.parametrize(("use", "idle_h", "whole_h"), [("browser", 1, 2), ("cli", 3, 4)])
def test_browsers_and_command_lines_have_limits_of_their_own(use, idle_h, whole_h):
    limits = SessionLimits(idle_hours=1, hours=2, cli_idle_hours=3, cli_hours=4)

    assert (limits.idle(use), limits.whole(use)) == (timedelta(hours=idle_h), timedelta(hours=whole_h))
