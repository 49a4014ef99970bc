from typing import Any

import pytest

from chariot.model.kinds.integration import ImportJob, Integration, Ticket
from chariot.model.states import ImportJobState, TicketState


def test_a_ticket_belongs_to_its_integration_and_its_risk() -> None:
    ticket = Ticket(integration="jira", risk="#risk#domain#a.test#CVE-2024-1000")

    assert ticket.key == "#ticket#jira#risk#domain#a.test#CVE-2024-1000"
    assert (ticket.name, ticket.state) == ("no issue yet (jira)", TicketState.CREATING)


def test_a_job_is_named_by_its_file_and_waits_at_first() -> None:
    job = ImportJob(id="5cec414c46", file="scan.xml")

    assert (job.name, job.state) == ("scan.xml (5cec414c46)", ImportJobState.QUEUED)


@pytest.mark.parametrize("options", [[], {"a b": "x"}, {"a": 5}, {"a": "two\nlines"}])
def test_options_are_lines_by_name(options: Any) -> None:
    with pytest.raises(ValueError, match="options"):
        Integration(label="jira", options=options)
