from format_contract import edges, entities, findings, read, refusals, sample

from chariot.formats.httpx import Httpx

WWW = "#webapplication#https://www.perimeter.test/"


def test_an_answer_becomes_the_application_at_its_port() -> None:
    items = read(Httpx(), sample("httpx.1.jsonl"))

    application = entities(items, "webapplication")[WWW]
    assert (application.status_code, application.title, application.server) == (
        200,
        "Welcome",
        "nginx/1.24.0",
    )
    assert ("#port#192.0.2.7#tcp#443", WWW) in edges(items, "SERVES")
    assert findings(items) == 2


def test_only_the_address_that_answered_has_the_port() -> None:
    items = read(Httpx(), sample("httpx.1.jsonl"))

    assert "#port#192.0.2.8#tcp#443" not in entities(items, "port")
    assert ("#domain#www.perimeter.test", "#address#192.0.2.8") in edges(items, "RESOLVES_TO")


def test_a_product_is_a_technology_or_else_a_fact() -> None:
    items = read(Httpx(), sample("httpx.1.jsonl"))

    assert list(entities(items, "technology")) == ["#technology#cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*"]
    assert f"#attribute{WWW}#technology#Frobnicator 2.1" in entities(items, "attribute")


def test_the_certificate_certifies_its_names() -> None:
    items = read(Httpx(), sample("httpx.1.jsonl"))

    key = f"#certificate#{'a' * 64}"
    assert edges(items, "PRESENTS_CERTIFICATE") == {(WWW, key)}
    assert (key, "#domain#cdn.perimeter.test") in edges(items, "CERTIFIES")


def test_another_path_is_a_fact_of_the_application() -> None:
    items = read(Httpx(), sample("httpx.1.jsonl"))

    application = entities(items, "webapplication")["#webapplication#http://192.0.2.9:8080/"]
    assert application.title is None
    assert "#attribute#webapplication#http://192.0.2.9:8080/#path#/admin/" in entities(items, "attribute")


def test_what_did_not_answer_says_nothing() -> None:
    items = read(Httpx(), sample("httpx.1.jsonl"))

    assert "#domain#gone.perimeter.test" not in entities(items, "domain")


def test_an_address_that_is_none_is_refused() -> None:
    items = read(Httpx(), b'{"url":"http://[::1","input":"x","scheme":"http","words":1,"lines":1}')

    assert len(refusals(items)) == 1
