import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.support.web import (
    body_text,
    is_wrong_scheme,
    may_want_tls,
    redirect_of,
    stable_headers,
    web_application,
)
from chariot.capability import HttpResponse

URL = "http://www.example.com:8080/"


def answer(status=200, headers=(), body=b"", url=URL):
    return HttpResponse(url, status, tuple(headers), body, cut=False, address="192.0.2.7")


@pytest.mark.parametrize(
    "header",
    [
        ("Date", "Mon, 01 Jan 2024 00:00:00 GMT"),
        ("X-Request-Id", "abc"),
        ("X-Confluence-Request-Time", "1654128000000"),
        ("ETag", '"65a"'),
        ("X-Whatever", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("CF-RAY", "84"),
        ("Location", "/login?state=1"),
    ],
)
def test_what_differs_each_time_is_left_out(header):
    assert stable_headers((header,)) == ()


@pytest.mark.parametrize(
    "header",
    [
        ("Server", "nginx/1.29.3"),
        ("Cache-Control", "no-cache"),
        ("Strict-Transport-Security", "max-age=31536000000"),
        ("X-Jenkins", "2.441"),
        ("Content-Type", "text/html"),
    ],
)
def test_what_says_the_same_each_time_is_kept(header):
    assert stable_headers((header,)) == (header,)


def test_of_a_cookie_the_name_alone_is_kept():
    assert stable_headers((("Set-Cookie", "PHPSESSID=secret; path=/"),)) == (("Set-Cookie", "PHPSESSID"),)


def test_a_nonce_in_a_policy_is_left_out():
    ((_, value),) = stable_headers((("Content-Security-Policy", "script-src 'nonce-r4nd0m' 'self'"),))

    assert value == "script-src 'nonce-…' 'self'"


@pytest.mark.parametrize(
    ("location", "redirect"),
    [
        ("/login?next=%2F&state=x#top", "http://www.example.com:8080/login"),
        ("https://sso.example.com/", "https://sso.example.com/"),
        ("http://[broken/", "http://[broken/"),
        ("", ""),
    ],
)
def test_a_redirect_is_absolute_and_without_its_query(location, redirect):
    assert redirect_of(answer(302, [("Location", location)])) == redirect


def test_a_location_without_a_redirect_status_is_no_redirect():
    assert redirect_of(answer(201, [("Location", "/new")])) == ""


def test_a_complaint_about_plain_http_is_the_wrong_scheme():
    complaint = answer(400, body=b"<h1>400</h1>The plain HTTP request was sent to HTTPS port")

    assert is_wrong_scheme(complaint)
    assert not is_wrong_scheme(answer(400, body=b"bad request"))
    assert not is_wrong_scheme(answer(200, body=b"plain HTTP request"))


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (answer(400), True),
        (answer(301, [("Location", "https://www.example.com:8080/")]), True),
        (answer(301, [("Location", "https://www.example.com/")]), False),
        (answer(200), False),
    ],
)
def test_a_port_that_may_speak_tls_too_is_told(page, expected):
    assert may_want_tls(page) is expected


def test_a_named_character_set_is_used_when_it_is_a_plain_one():
    headers = [("Content-Type", "text/html; charset=ISO-8859-1")]

    assert body_text(answer(headers=headers, body=b"caf\xe9")) == "café"
    assert body_text(answer(headers=[("Content-Type", "x; charset=punycode")], body=b"caf\xc3\xa9")) == "café"


@given(
    st.integers(0, 999),
    st.lists(
        st.tuples(st.sampled_from(["Location", "Server", "Set-Cookie", "Content-Type", "X"]), st.text())
    ),
    st.binary(max_size=500),
)
def test_any_answer_becomes_a_web_application(status, headers, body):
    page = answer(status, headers, body)

    application = web_application(page, body_text(page))

    assert application.url == URL
    may_want_tls(page)
