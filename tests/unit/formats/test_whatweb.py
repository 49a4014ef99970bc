from format_contract import edges, entities, findings, read, refusals, sample

from chariot.formats.whatweb import WhatWeb

WWW = "#webapplication#https://www.perimeter.test/"


def test_a_target_becomes_its_application() -> None:
    items = read(WhatWeb(), sample("whatweb.1.json"))

    application = entities(items, "webapplication")[WWW]
    assert (application.status_code, application.title, application.server) == (
        200,
        "Welcome",
        "nginx/1.24.0",
    )
    assert edges(items, "SERVES") == {("#port#192.0.2.7#tcp#443", WWW)}
    assert findings(items) == 1


def test_plugins_with_versions_are_technologies_or_facts() -> None:
    items = read(WhatWeb(), sample("whatweb.1.json"))

    assert {one.name for one in entities(items, "technology").values()} == {
        "nginx 1.24.0",
        "jQuery 3.4.1",
        "WordPress 6.4.2",
    }
    assert list(entities(items, "attribute")) == [f"#attribute{WWW}#technology#Frobnicator 2.1"]


def test_a_target_that_is_none_is_refused() -> None:
    items = read(
        WhatWeb(), b'[{"target":"ftp://x/","http_status":200,"plugins":{}},{"target":7,"plugins":[]}]'
    )

    assert len(refusals(items)) == 2
