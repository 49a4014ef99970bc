import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.http_behaviour import STRANGER, HttpBehaviour
from chariot.capability import HttpResponse, NoAnswerError
from chariot.model.kinds.network import WebApplication
from chariot.model.kinds.weakness import Risk
from chariot.testing.network import FakeNetwork, response

URL = "https://www.example.com/"


class Site(FakeNetwork):
    """A site that answers as a function tells."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    async def request(self, method, url, *, headers=(), body=b"", timeout_s, limit_bytes=262_144):
        found = self.answer(method, url, dict(headers))
        if found is None:
            raise NoAnswerError(url)
        return HttpResponse(url, found.status, found.headers, found.body, found.cut, "192.0.2.7")


async def weaknesses(answer):
    return {
        item.weakness: item.severity.value
        async for item in HttpBehaviour(Site(answer)).run(WebApplication(url=URL))
        if isinstance(item, Risk)
    }


def allowing(*origins: str, credentials: str):
    def answer(_method, _url, headers):
        origin = headers.get("Origin", "")
        allowed = origin if origin in origins or (origin and "*" in origins) else "https://www.example.com"
        return response(
            headers={"Access-Control-Allow-Origin": allowed, "Access-Control-Allow-Credentials": credentials}
        )

    return answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (allowing("*", credentials="true"), {"cors-any-origin": "high"}),
        (allowing("*", credentials="false"), {"cors-any-origin": "low"}),
        (allowing("null", credentials="true"), {"cors-any-origin": "medium"}),
        (allowing(credentials="true"), {}),
    ],
)
async def test_answers_that_any_site_may_read_are_a_flaw(answer, expected):
    assert await weaknesses(answer) == expected


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (f"https://{STRANGER}/", {"open-redirect": "medium"}),
        (f"//{STRANGER}/x", {"open-redirect": "medium"}),
        (f"\\\\{STRANGER}/x", {"open-redirect": "medium"}),
        (f"/login?url=https://{STRANGER}/", {}),
        (f"https://www.example.com/?url=https://{STRANGER}/", {}),
        (f"https://{STRANGER}.example.com/", {}),
        ("http://[", {}),
    ],
)
async def test_a_redirect_to_a_stranger_is_a_flaw(location, expected):
    assert await weaknesses(lambda *_: response(status=302, headers={"Location": location})) == expected


async def test_what_trace_gives_back_is_a_flaw():
    def echo(method, _url, headers):
        text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return response(body=text.encode()) if method == "TRACE" else response(status=404)

    assert await weaknesses(echo) == {"http-trace": "low"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html><head><title>Index of /uploads</title>", {"directory-listing": "low"}),
        (b"<title>Directory listing for /uploads/</title>", {"directory-listing": "low"}),
        (b"<title>Uploads</title>", {}),
    ],
)
async def test_a_folder_that_lists_its_files_is_a_flaw(body, expected):
    def answer(_method, url, _headers):
        return response(body=body) if url.endswith("/uploads/") else response(status=404)

    assert await weaknesses(answer) == expected


@given(
    st.integers(200, 599),
    st.lists(
        st.tuples(st.sampled_from(["Location", "Access-Control-Allow-Origin"]), st.text(max_size=40)),
        max_size=3,
    ),
    st.binary(max_size=100),
)
async def test_any_answer_is_read(status, headers, body):
    await weaknesses(lambda *_: response(status=status, headers=headers, body=body))
