from datetime import UTC, datetime

import msgspec
import pytest

from chariot.errors import InvalidError
from chariot.model.keys import Key, Organisation
from chariot.model.records import Op
from chariot.modules.discovery.messages import (
    JobOrder,
    PageOrder,
    ScanOrder,
    job_message,
    job_order,
    page_message,
    plan_order,
    scan_message,
)
from chariot.modules.work.messages import Message
from chariot.modules.work.relay import Notice

ACME = Organisation("acme")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SCAN = ScanOrder(scan="s1", started_at=NOON)
PAGE = PageOrder(scan="s1", kind="domain", started_at=NOON, cursor="c")
JOB = JobOrder(capability="dns", key=Key("#domain#corp.example"), scan="s1")


def test_orders_come_back_as_they_were_sent() -> None:
    assert plan_order(scan_message(ACME, SCAN)) == SCAN
    assert plan_order(page_message(ACME, PAGE)) == PAGE
    assert job_order(job_message(ACME, "capability-asset", JOB)) == JOB


def test_a_notice_of_the_relay_is_an_order_too() -> None:
    notice = Notice(sequence=7, key=Key("#domain#corp.example"), kind="domain", op=Op.CREATED)

    assert plan_order(_message(msgspec.json.encode(notice))) == notice


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"order": "other"}', b'{"order": "scan"}'])
def test_other_bodies_are_refused(body) -> None:
    with pytest.raises(InvalidError):
        plan_order(_message(body))
    with pytest.raises(InvalidError):
        job_order(_message(body))


def test_one_job_of_one_scan_or_change_is_one_message() -> None:
    def name(**changes) -> str:
        return job_message(ACME, "capability-asset", msgspec.structs.replace(JOB, **changes)).id

    assert name() == name()
    assert len({name(), name(scan="s2"), name(scan="", sequence=7), name(key="#domain#a.example")}) == 4
    assert len(name(key="#attribute#domain#a.example#x#" + "é" * 4_000)) <= 200


def _message(body: bytes) -> Message:
    return Message(queue="plan", id="1", organisation=ACME, order_key="k", body=body)
