import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.support.forms import FORMS_LIMIT, Form, forms_of, has_password_field, icon_of

URL = "https://www.example.com/a/"


def test_forms_tell_where_they_lead():
    body = "<form action='in?x=1' METHOD=Post><input TYPE=password></form><form><input type='text'></form>"

    assert forms_of(URL, body) == (
        Form("https://www.example.com/a/in", "post", has_password=True),
        Form("https://www.example.com/a/", "get", has_password=False),
    )


def test_a_password_may_be_asked_for_without_a_form():
    assert has_password_field("<div><input id=p type=password></div>")
    assert not has_password_field("<p>type=password</p>")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<link rel=icon href=/i.png>", "https://www.example.com/i.png"),
        ("<link rel='shortcut icon' href='i.ico?v=3'>", "https://www.example.com/a/i.ico"),
        ("<link rel=icon href=https://cdn.example/i.png>", "https://www.example.com/favicon.ico"),
        ("<link rel=icon href='data:image/png;base64,AA'>", "https://www.example.com/favicon.ico"),
        ("<link rel=icon href='http://['>", "https://www.example.com/a/"),
        ("", "https://www.example.com/favicon.ico"),
    ],
)
def test_the_icon_is_the_site_s_own(body, expected):
    assert icon_of(URL, body) == expected


def test_forms_without_an_end_are_cut():
    assert len(forms_of(URL, "<form>" * 10_000)) == FORMS_LIMIT


@given(st.text(max_size=300))
def test_any_page_is_read(text):
    forms_of(URL, f"<form {text}<input {text}")
    icon_of(URL, f"<link rel=icon href={text}>")
