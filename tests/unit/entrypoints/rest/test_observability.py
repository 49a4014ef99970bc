"""The alert rules and the dashboard speak of metrics that there are, and the rules do what they say."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from chariot.entrypoints.rest.metrics import Metrics
from chariot.modules.work.messages import QueueDepth
from rest_perimeter import ORGANISATION

FOLDER = Path(__file__).parents[4] / "deploy" / "observability"
NAMED = re.compile(r"\bchariot_[a-z_]+\b")


class Queues:
    """One queue with something in it."""

    async def depths(self, _organisation):
        return [QueueDepth(queue="scan", waiting=1, leased=0, delayed=0, dead=1, oldest_age_s=9.0)]


@pytest.mark.parametrize("file", ["alerts.yaml", "alerts.test.yaml", "dashboard.json"])
async def test_every_metric_that_is_named_is_one(services, surface, file):
    metrics = Metrics()
    metrics.answered("GET", "/api/v1/risks", 200, 0.01)
    metrics.failed("invalid")
    metrics.business._assets.labels("domain").inc()
    told = set(NAMED.findall((await metrics.text(ORGANISATION, services.store, Queues())).decode()))

    assert set(NAMED.findall((FOLDER / file).read_text())) - told == set()


@pytest.mark.parametrize(
    "command", [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts.test.yaml")]
)
def test_the_alert_rules_do_what_they_say(command):
    if shutil.which("promtool") is None:
        pytest.skip("NOT CHECKED: the alert rules need promtool (apt install prometheus)")

    done = subprocess.run(["promtool", *command], cwd=FOLDER, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
