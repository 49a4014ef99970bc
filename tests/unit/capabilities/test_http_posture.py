import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.http_posture import HOPS_LIMIT, HttpPosture
from chariot.capabilities.support.digests import icon_hash
from chariot.capabilities.support.parameters import FingerprintParameters
from chariot.model.kinds.network import Domain, WebApplication
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute
from chariot.testing.network import FakeNetwork, response

URL = "https://www.example.com/"
TARGET = WebApplication(url=URL)
HTML = {"Content-Type": "text/html"}


async def look(responses, target=TARGET, **options):
    dns = {("www.example.com", "A"): ["192.0.2.7"], ("shop.example.com", "A"): ["192.0.2.8"]}
    network = FakeNetwork(dns=dns, responses=responses, **options)
    return [found async for found in HttpPosture(network).run(target)], network


def facts(found):
    return {(item.label, item.value) for item in found if isinstance(item, Attribute)}


def weaknesses(found):
    return [item.weakness for item in found if isinstance(item, Risk)]


async def test_security_headers_that_are_missing_are_told():
    headers = {
        **HTML,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "frame-ancestors 'none'",
    }

    found, _ = await look({URL: response(headers=headers, body=b"<html>hello")})

    assert ("missing-headers", "referrer-policy, strict-transport-security") in facts(found)


async def test_a_redirect_is_followed_and_its_names_are_found():
    responses = {
        URL: response(status=301, headers={"Location": "https://shop.example.com/in?visit=1"}),
        "https://shop.example.com/in?visit=1": response(headers=HTML, body=b"<html>"),
    }

    found, _ = await look(responses)

    assert ("redirect-chain", f"{URL} → https://shop.example.com/in") in facts(found)
    assert [item.host for item in found if isinstance(item, Domain)] == ["shop.example.com"]


async def test_a_redirect_out_of_scope_is_named_and_not_followed():
    responses = {
        URL: response(status=302, headers={"Location": "https://partner.example/x"}),
        "https://partner.example/x": response(body=b"secret"),
    }

    found, network = await look(responses, out_of_scope={"partner.example"})

    assert ("redirect-chain", f"{URL} → https://partner.example/x") in facts(found)
    assert not [entry for entry in network.sent if entry[1] == "partner.example"]


@pytest.mark.parametrize(
    "place",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/x",
        "javascript:alert(1)",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:6379/",
        "http://user:word@www.example.com/",
        "http://[::1",
        "//",
        "https://www.example.com/",
        "x" * 5_000,
    ],
)
async def test_a_redirect_inward_or_to_another_scheme_is_not_followed(place):
    inner = {"169.254.169.254", "127.0.0.1"}

    _, network = await look({URL: response(status=302, headers={"Location": place})}, out_of_scope=inner)

    asked = {entry[2].partition("?")[0] for entry in network.sent if entry[0] == "get"}
    paths = ("robots.txt", "sitemap.xml", "favicon.ico", ".well-known/security.txt")
    assert asked - {URL, *(f"{URL}{path}" for path in paths)} <= {
        f"{URL}{place}",
        "http://user:word@www.example.com/",
    }


async def test_redirects_without_an_end_are_left():
    responses = {URL: response(status=302, headers={"Location": f"{URL}0"})} | {
        f"{URL}{number}": response(status=302, headers={"Location": f"{URL}{number + 1}"})
        for number in range(50)
    }

    _, network = await look(responses)

    assert len([entry for entry in network.sent if entry[0] == "get"]) <= HOPS_LIMIT + 1 + 4


async def test_cookies_are_told_by_name_and_flags():
    headers = [
        ("Set-Cookie", "PHPSESSID=1234; path=/"),
        ("Set-Cookie", "lang=en; Secure; HttpOnly; SameSite=lax"),
        ("Set-Cookie", "visit_0123456789abcdef=1"),
    ]

    found, _ = await look({URL: response(headers=headers)})

    assert {value for label, value in facts(found) if label == "cookie"} == {
        "PHPSESSID: no flags",
        "lang: Secure, HttpOnly, SameSite=Lax",
    }
    assert weaknesses(found) == ["session-cookie-without-flags"]


@pytest.mark.parametrize(
    ("url", "action", "expected"),
    [
        ("http://www.example.com/", "/login", ["login-in-clear-text"]),
        (URL, "http://www.example.com/login", ["login-in-clear-text"]),
        (URL, "/login", []),
    ],
)
async def test_a_password_that_would_be_sent_in_clear_is_a_flaw(url, action, expected):
    body = f"<form action='{action}' method=post><input type=\"password\" name=p></form>".encode()

    found, _ = await look({url: response(headers=HTML, body=body)}, WebApplication(url=url))

    assert weaknesses(found) == expected
    assert ("login-page", "yes") in facts(found)


async def test_icon_robots_sitemap_and_contacts_are_read():
    responses = {
        URL: response(headers=HTML, body=b"<link rel='shortcut icon' href='/i.png'>"),
        f"{URL}i.png": response(body=b"\x89PNG...", headers={"Content-Type": "image/png"}),
        f"{URL}robots.txt": response(
            body=b"User-agent: *\nDisallow: /admin/\nDisallow:\nSitemap: https://www.example.com/s.xml\n"
        ),
        f"{URL}.well-known/security.txt": response(
            body=b"Contact: mailto:security@example.com\nExpires: 2030-01-01T00:00:00Z\n"
        ),
    }

    found, _ = await look(responses)

    assert facts(found) >= {
        ("favicon-mmh3", str(icon_hash(b"\x89PNG..."))),
        ("robots-paths", "/admin/"),
        ("sitemap", "https://www.example.com/s.xml"),
        ("security-contact", "mailto:security@example.com"),
        ("security-contact-expires", "2030-01-01T00:00:00Z"),
    }


async def test_storage_that_a_page_names_is_told():
    body = b'<img src="https://acme-images.s3.eu-west-1.amazonaws.com/a.png">'

    found, network = await look({URL: response(headers=HTML, body=body)})

    assert ("cloud-storage", "s3 acme-images") in facts(found)
    assert not [entry for entry in network.sent if "amazonaws" in str(entry)]


async def test_a_known_icon_shows_its_product(tmp_path):
    rules = tmp_path / "mine.toml"
    number = icon_hash(b"\x89PNG...")
    rules.write_text(
        "[[rule]]\nid = 'acme-icon'\nproduct = 'Acme'\ncpe = 'a:acme:acme'\nwhere = 'favicon'\n"
        f"pattern = '^{number}$'\nversionless = true\n"
    )
    icon = response(body=b"\x89PNG...", headers={"Content-Type": "image/png"})
    network = FakeNetwork(
        dns={("www.example.com", "A"): ["192.0.2.7"]},
        responses={URL: response(headers=HTML, body=b"<p>x"), f"{URL}favicon.ico": icon},
    )

    found = [each async for each in HttpPosture(network, FingerprintParameters((str(rules),))).run(TARGET)]

    assert [each.product for each in found if isinstance(each, Technology)] == ["Acme"]


async def test_a_page_that_answers_to_everything_is_no_notice():
    page = response(headers=HTML, body=b"<html>Contact: mailto:x@example.com\nDisallow: /x\n")
    paths = ("", "robots.txt", "sitemap.xml", "favicon.ico", ".well-known/security.txt")

    found, _ = await look({f"{URL}{path}": page for path in paths})

    assert {label for label, _ in facts(found)} == {"missing-headers", "body-simhash"}


async def test_the_page_of_a_fresh_installation_is_known():
    found, _ = await look({URL: response(headers=HTML, body=b"<title>Welcome to nginx!</title>")})

    assert ("default-page", "Welcome to nginx!") in facts(found)


async def test_the_same_page_says_the_same_in_spite_of_numbers_in_it():
    async def of(number: int):
        text = f"<html><p>our fences are the best fences in all of the country {number} said {number} people"
        return facts((await look({URL: response(headers=HTML, body=text.encode())}))[0])

    assert await of(1) == await of(20_251)


@given(
    st.integers(200, 599),
    st.lists(
        st.tuples(st.sampled_from(["Location", "Set-Cookie", "Content-Type", "X"]), st.text(max_size=60)),
        max_size=8,
    ),
    st.binary(max_size=300),
)
async def test_any_answer_is_read(status, headers, body):
    page = response(status=status, headers=headers, body=body)

    await look({URL: page, f"{URL}robots.txt": page, f"{URL}favicon.ico": page})
