"""What follows from an import or a feed, worked out at once where no server does it: risks, scores, alerts."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.entrypoints.cli.terminal import Output

_LOOK_S = 0.1
_TELL_S = 5.0
_LATER = "the next import or scan, or `chariot serve`, goes on with it"


async def settle(application: "Application", output: "Output") -> None:
    """Correlate, score and alert until nothing is left of that; Ctrl-C leaves the rest for later.

    Nothing is sent to any target: what an import lets a scan look at waits for a scan. On many processes the workers
    do it.
    """
    from chariot.entrypoints.cli.scanning import interruptions, running_pipeline
    from chariot.modules.work.queues import THINKING

    if not application.settings.is_embedded:
        return
    # No change leads to what was seen again as it was, nor to a day that passed: a server's clock does, here nobody.
    await application.recheck(application.organisation)
    await application.risk.end_acceptances(application.organisation)
    interrupted = asyncio.Event()
    looks = 0
    with interruptions(interrupted):
        async with running_pipeline(application, queues=THINKING) as work:
            while True:
                progress = await application.pipeline.progress()
                queues = [one for one in progress.queues if one.queue in THINKING]
                # What failed and comes again later, such as an alert whose receiver is away, is not waited for.
                left, behind = (
                    sum(one.waiting + one.leased for one in queues),
                    progress.changes - progress.relayed,
                )
                is_done = not left and (behind <= 0 or bool(progress.blocked))
                if is_done or work.done() or interrupted.is_set():
                    break
                looks += 1
                if not looks % round(_TELL_S / _LOOK_S):
                    output.notice(f"correlating and scoring: {left:,} left (Ctrl-C leaves them for later)")
                await asyncio.sleep(_LOOK_S)
    failed = sum(one.delayed for one in queues)
    if failed:
        output.notice(f"{failed:,} tries failed (`chariot queue list`); {_LATER}")
    if progress.blocked or not is_done:
        output.notice(
            f"not all is correlated and scored yet{progress.blocked and ': '}{progress.blocked}; {_LATER}"
        )
