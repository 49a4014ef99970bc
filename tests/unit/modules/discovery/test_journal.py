from datetime import UTC, datetime

from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import CountingJournal, Sent


def test_everything_is_counted_and_the_last_lines_are_kept() -> None:
    journal = CountingJournal()
    for port in range(1_500):
        journal.record(
            Sent(
                at=datetime(2026, 1, 1, tzinfo=UTC),
                organisation=Organisation("acme"),
                scan="s1",
                capability="tcp-ports",
                target="#address#192.0.2.7",
                what="tcp",
                host="192.0.2.7",
                address="192.0.2.7",
                port=port,
            )
        )

    assert journal.counts == {("acme", "tcp"): 1_500}
    assert [len(journal.last), journal.last[-1].port] == [1_000, 1_499]
