"""How many pages and greetings one core recognises in a second, beside trying every pattern on every text."""

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.rows import row
from chariot.modules.discovery.fingerprints.matching import built_in
from chariot.modules.discovery.fingerprints.page import LOADING_TAGS, META_TAGS, loaded_by, metas_of, title_of
from chariot.modules.discovery.fingerprints.rules import compile_pattern

_PAGE_AIM = 1_000
_PAGE_CHARACTERS = 65_536
_HEADERS = (
    ("Server", "nginx/1.18.0 (Ubuntu)"),
    ("X-Powered-By", "PHP/7.4.3"),
    ("Content-Type", "text/html; charset=utf-8"),
    ("Set-Cookie", "laravel_session=abc; path=/"),
    ("Cache-Control", "no-store"),
    ("Vary", "Accept-Encoding"),
    ("Date", "Thu, 01 Jan 2026 00:00:00 GMT"),
)
_GREETING = "220 mail.example.com ESMTP Exim 4.96 Thu, 01 Jan 2026 00:00:00 +0000"


def run(rows: list[dict[str, Any]]) -> None:
    """Add pages and greetings in a second of processor time, and the time to read and compile the rules."""
    began = time.process_time()
    known = built_in()
    loaded_s = time.process_time() - began
    body = _page()
    names = {hit.technology.product for hit in known.page(_HEADERS, body)}
    if not {"nginx", "PHP", "WordPress", "jQuery", "Laravel"} <= names:
        raise RuntimeError(f"the page shows too little: {sorted(names)}")
    pages = _per_s(lambda: known.page(_HEADERS, body), 400)
    patterns = [(rule.where, compile_pattern(rule.pattern)) for rule in known.rules]
    plainly = _per_s(lambda: _plainly(patterns, body), 10)
    rows += [
        row(f"fingerprints: pages of 64 kB by {len(known.rules):,} rules", round(pages), "pages/s",
            reference=round(plainly), ratio=round(pages / plainly, 1), aim=f">= {_PAGE_AIM:,}",
            met=pages >= _PAGE_AIM),
        row("fingerprints: greetings", round(_per_s(lambda: known.banner(_GREETING), 4_000)), "greetings/s"),
        row("fingerprints: rules read and compiled", round(loaded_s, 2), "s"),
    ]  # fmt: skip


def _per_s(work: Callable[[], object], times: int) -> float:
    work()
    began = time.process_time()
    for _ in range(times):
        work()
    return times / (time.process_time() - began)


def _page() -> str:
    """Return a page as an ordinary site has it, its size that of a long front page."""
    loaded = "".join(
        f'<script src="/static/js/module-{number}.js?x=1"></script><link rel="stylesheet" href="/css/{number}.css">'
        for number in range(15)
    )
    head = (
        "<html><head><title>An ordinary site</title><meta name='description' content='Words'>"
        '<meta name="generator" content="WordPress 6.7.1"><script src="/js/jquery-3.6.0.min.js"></script>'
    )
    post = (
        '<article class="post"><h2><a href="/2026/01/a-title/">A title of a post</a></h2>'
        '<p>Some words of a post that go on for a while, as they do.</p><img src="/img/a.png" alt=""></article>\n'
    )
    return (head + loaded + "</head><body>" + post * 600)[:_PAGE_CHARACTERS]


def _plainly(patterns: Sequence[tuple[str, re.Pattern[str]]], body: str) -> int:
    """Return how many patterns match when each is tried on each text of its place."""
    texts: dict[str, list[str]] = {
        "title": [title_of(body)],
        "script": list(loaded_by(body, _starts(body, LOADING_TAGS))),
        "body": [body],
    }
    for name, value in _HEADERS:
        texts.setdefault(f"header:{name.lower()}", []).append(value)
    for name, value in metas_of(body, _starts(body, META_TAGS)):
        texts.setdefault(f"meta:{name}", []).append(value)
    return sum(
        pattern.search(text) is not None for where, pattern in patterns for text in texts.get(where, ())
    )


def _starts(body: str, tags: Sequence[str]) -> list[int]:
    return [found.start() for found in re.finditer("|".join(tags), body)]
