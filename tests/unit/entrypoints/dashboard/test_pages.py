"""The dashboard before an API: what it says of itself."""

from pathlib import Path
from typing import Any

from chariot.entrypoints.dashboard.pages import Pages


async def api(_scope: Any, _receive: Any, _send: Any) -> None:
    """Answer nothing."""


def test_a_folder_without_an_index_is_no_dashboard(tmp_path: Path) -> None:
    assert not Pages("token", tmp_path).are_built
    (tmp_path / "index.html").write_text("<!doctype html>")
    assert Pages("token", tmp_path).are_built


def test_each_link_carries_a_code_of_its_own_where_no_server_sees_it(tmp_path: Path) -> None:
    pages = Pages("secret-token", tmp_path)
    pages.before(api)

    first, second = pages.link("http://127.0.0.1:8642"), pages.link("http://127.0.0.1:8642")

    assert first.startswith("http://127.0.0.1:8642/#code=")
    assert first != second
    assert "secret-token" not in first
