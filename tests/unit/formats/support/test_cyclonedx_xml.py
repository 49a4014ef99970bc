import io

import pytest

from chariot.errors import InvalidError
from chariot.formats.support.cyclonedx_xml import documents

BILL = b"""<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components><component bom-ref="a"><name>outer</name>
<components><component bom-ref="b"><name>inner</name></component></components><version>1</version></component>
</components></bom>"""


def test_nested_components_come_each_by_itself() -> None:
    parts = [(part, value["name"]) for _, part, value in documents(io.BytesIO(BILL))]

    assert parts == [("components", "inner"), ("components", "outer")]


def test_another_document_is_refused() -> None:
    with pytest.raises(InvalidError, match="no CycloneDX"):
        list(documents(io.BytesIO(b"<html><component/></html>")))


def test_entities_are_not_expanded() -> None:
    hostile = b'<!DOCTYPE bom [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + BILL.replace(b"inner", b"&x;")

    names = [value["name"] for _, _, value in documents(io.BytesIO(hostile))]

    assert names == ["", "outer"]
