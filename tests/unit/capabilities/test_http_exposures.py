import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.http_exposures import FAILURES_LIMIT, HttpExposures, missing_path
from chariot.capability import CannotRunError, HttpResponse
from chariot.model.kinds.network import WebApplication
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute
from chariot.testing.network import FakeNetwork, response

URL = "https://www.example.com/"
NOT_FOUND = response(status=404, body=b"not found")


class Site(FakeNetwork):
    """Answers to every address: what was declared, else the same page."""

    def __init__(self, otherwise, responses):
        super().__init__()
        self.otherwise = otherwise
        self.declared = responses

    async def request(self, method, url, *, headers=(), body=b"", timeout_s, limit_bytes=262_144):
        found = self.declared.get(url if method == "GET" else f"{method} {url}", self.otherwise)
        return HttpResponse(url, found.status, found.headers, found.body, found.cut, "192.0.2.7")


async def look(responses, *, otherwise=NOT_FOUND, url=URL):
    site = Site(otherwise, {url: response(body=b"<html>shop"), **responses})
    return [found async for found in HttpExposures(site).run(WebApplication(url=url))]


def weaknesses(found):
    return [item.weakness for item in found if isinstance(item, Risk)]


async def test_what_is_proved_by_its_content_is_a_risk():
    found = await look({f"{URL}.git/HEAD": response(body=b"ref: refs/heads/main\n")})

    (risk,) = [item for item in found if isinstance(item, Risk)]
    assert (risk.weakness, risk.severity.value) == ("exposed-git-repository", "high")
    assert "ref: refs/heads/main" in risk.evidence[0].values["answer"]


async def test_a_secret_is_not_kept_as_evidence():
    found = await look({f"{URL}.env": response(body=b"DB_HOST=db\nDB_PASSWORD=hunter2\n")})

    (risk,) = [item for item in found if isinstance(item, Risk)]
    assert risk.weakness == "exposed-environment-file"
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    "page",
    [
        response(body=b"<html>welcome, here is all you want"),
        response(body=b"ref: refs/heads/main\n"),
        response(body=b"<!DOCTYPE html><title>H2 Console</title>DB_HOST=\nAPP_KEY=\n"),
    ],
)
async def test_a_site_that_answers_to_everything_alike_has_no_hit(page):
    assert weaknesses(await look({}, otherwise=page)) == []


async def test_a_product_is_told_with_its_version():
    body = b"<html><title>PHP 8.1.2 - phpinfo()</title><h1>PHP Version 8.1.2</h1>"

    found = await look({f"{URL}info.php": response(body=body)})

    assert [item.cpe for item in found if isinstance(item, Technology)] == [
        "cpe:2.3:a:php:php:8.1.2:*:*:*:*:*:*:*"
    ]
    assert weaknesses(found) == ["exposed-phpinfo"]


async def test_what_stands_behind_a_proxy_signs_the_error_page():
    signed = b"<hr>\n<address>Apache/2.4.57 (Debian) Server at www.example.com Port 8080</address>"
    front = response(headers={"Server": "nginx/1.24.0"}, body=b"<html>shop")

    found = await look(
        {URL: front},
        otherwise=response(status=404, headers={"Server": "nginx/1.24.0"}, body=signed),
    )

    assert [item.cpe for item in found if isinstance(item, Technology)] == [
        "cpe:2.3:a:apache:http_server:2.4.57:*:*:*:*:*:*:debian"
    ]


async def test_what_the_front_page_shows_is_not_told_twice():
    front = response(headers={"X-Powered-By": "PHP/8.1.2"})
    body = b"<html><title>PHP 8.1.2 - phpinfo()</title><h1>PHP Version 8.1.2</h1>"

    found = await look({URL: front, f"{URL}info.php": response(body=body)})

    assert [item for item in found if isinstance(item, Technology)] == []
    assert weaknesses(found) == ["exposed-phpinfo"]


async def test_a_status_page_names_products_as_the_server_header_does():
    told = "Apache/2.4.71 (Debian) OpenSSL/3.5.4"
    body = f"<html><title>Apache Status</title><dt>Server Version: {told}</dt>".encode()

    found = await look({f"{URL}server-status": response(body=body)})
    known = await look({URL: response(headers={"Server": told}), f"{URL}server-status": response(body=body)})

    assert {item.cpe for item in found if isinstance(item, Technology)} == {
        "cpe:2.3:a:apache:http_server:2.4.71:*:*:*:*:*:*:debian",
        "cpe:2.3:a:openssl:openssl:3.5.4:*:*:*:*:*:*:debian",
    }
    assert [item for item in known if isinstance(item, Technology)] == []


async def test_what_is_only_good_to_know_is_a_fact_and_no_risk():
    found = await look({f"{URL}openapi.json": response(body=b'{"openapi":"3.1.0","info":{}}')})

    assert [(item.label, item.value) for item in found if isinstance(item, Attribute)] == [
        ("exposed", "openapi-description")
    ]
    assert weaknesses(found) == []


async def test_a_question_is_sent_as_such():
    answer = b'{"data":{"__schema":{"queryType":{"name":"Query"}}}}'

    found = await look({f"POST {URL}graphql": response(body=answer)})

    assert weaknesses(found) == ["exposed-graphql-introspection"]


async def test_what_stands_at_one_port_is_not_asked_for_at_others():
    body = b'{"Platform":{"Name":"x"},"Components":[],"ApiVersion":"1.43","Version":"24.0.7"}'
    url = "http://www.example.com:2375/"

    assert weaknesses(await look({f"{url}version": response(body=body)}, url=url)) == ["exposed-docker-api"]
    assert weaknesses(await look({f"{URL}version": response(body=body)})) == []


async def test_a_site_that_stops_answering_is_unknown_and_not_clean():
    network = FakeNetwork(
        dns={("www.example.com", "A"): ["192.0.2.7"]},
        responses={URL: response(), f"https://www.example.com{missing_path(URL)}": NOT_FOUND},
    )

    with pytest.raises(CannotRunError, match="stopped answering"):
        _ = [found async for found in HttpExposures(network).run(WebApplication(url=URL))]
    assert len(network.sent) < FAILURES_LIMIT + 10


@given(st.integers(200, 599), st.binary(max_size=300))
async def test_any_answer_is_read(status, body):
    await look({}, otherwise=response(status=status, body=body))
