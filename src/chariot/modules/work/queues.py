"""The stage queues and their limits, as data."""

from chariot.modules.work.stages import StageSettings

INGEST = "ingest"
PLAN = "plan"
CORRELATE = "correlate"
ASSESS = "assess"
NOTIFY = "notify"
PROJECT = "project"
IMPORT = "import"
"""Files that were sent to be imported."""
INTEGRATE = "integrate"
"""Runs of integrations with other systems."""
ASSET = "capability-asset"
"""Capabilities that find assets."""
RISK = "capability-risk"
"""Capabilities that look for risks."""
SCAN = "capability-scan"
"""Capabilities that take long: whole networks, whole sites."""
SCAN_END = "scan-end"
"""Scans that run: each stands here until nothing of it is left to do."""

STAGES: dict[str, StageSettings] = {
    settings.queue: settings
    for settings in (
        StageSettings(queue=INGEST, concurrency=2, timeout_s=120),
        StageSettings(queue=PLAN, concurrency=4, timeout_s=30),
        StageSettings(queue=CORRELATE, concurrency=4, timeout_s=60),
        StageSettings(queue=ASSESS, concurrency=4, timeout_s=30),
        StageSettings(queue=NOTIFY, concurrency=4, timeout_s=60, backoff_s=5, backoff_cap_s=600),
        StageSettings(queue=PROJECT, concurrency=2, timeout_s=60),
        StageSettings(queue=IMPORT, concurrency=2, timeout_s=6 * 3_600),
        StageSettings(queue=INTEGRATE, concurrency=2, timeout_s=3_600, backoff_s=5, backoff_cap_s=600),
        # Most of their time they wait for answers; how much they send is held by the pace.
        StageSettings(queue=ASSET, concurrency=30, timeout_s=120),
        StageSettings(queue=RISK, concurrency=5, timeout_s=300),
        StageSettings(queue=SCAN, concurrency=3, timeout_s=1_800),
        # One that waits for its end does nothing meanwhile.
        StageSettings(queue=SCAN_END, concurrency=200, timeout_s=60),
    )
}
"""By queue. Memory bounds the concurrency, politeness towards targets that of capabilities."""

THINKING = frozenset({CORRELATE, ASSESS, NOTIFY})
"""Queues whose work follows from what is known already: nothing is asked of any target."""
