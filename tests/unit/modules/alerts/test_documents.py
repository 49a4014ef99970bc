"""docs/alerts.md says what the code does."""

import re
import time
from pathlib import Path

import pytest

from chariot.adapters.webhook.signature import sign
from chariot.model.kinds.work import AlertRule
from chariot.modules.alerts.ports import VERSION, Alert

PAGE = (Path(__file__).parents[4] / "docs" / "alerts.md").read_text(encoding="utf-8")
(RECEIVER,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(
    ("key", "age_s", "body", "genuine"),
    [
        ("k3y", 0, b"{}", True),
        ("another", 0, b"{}", False),
        ("k3y", 0, b'{"score": 1}', False),
        ("k3y", 301, b"{}", False),
    ],
)
def test_the_receiver_of_the_page_tells_what_is_genuine(key, age_s, body, genuine):
    names: dict[str, object] = {}
    exec(RECEIVER, names)
    timestamp = int(time.time()) - age_s
    headers = {"Chariot-Timestamp": str(timestamp), "Chariot-Signature": sign("k3y", timestamp, b"{}")}

    assert names["is_genuine"](key, headers, body) is genuine


@pytest.mark.parametrize("name", Alert.__struct_fields__)
def test_every_field_of_an_alert_stands_on_the_page(name):
    assert f"`{name}`" in PAGE


def test_the_page_is_of_this_wire_version():
    assert f"`version` ({VERSION})" in PAGE


@pytest.mark.parametrize("name", AlertRule.__struct_fields__)
def test_every_field_of_a_rule_stands_on_the_page(name):
    assert f"| `{name}` |" in PAGE
