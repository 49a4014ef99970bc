"""What `find` promises: every order, every filter, and cursors that neither repeat nor hide."""

import base64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from surface_world import (
    ACME,
    DAY,
    HOUR,
    HTTPS,
    SHOP,
    Surface,
    domains,
    fresh_organisation,
    moved,
)

from chariot.errors import InvalidError
from chariot.model.base import Entity
from chariot.model.keys import Key
from chariot.model.kinds.candidate import Clue
from chariot.model.kinds.network import Certificate, Port, WebApplication
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.registry import GROUPS, KINDS
from chariot.model.states import RiskState, Severity, Status
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import Query, sorts

HIGH = Risk(target="#domain#a.test", weakness="high", severity=Severity.HIGH, score=80)
CRITICAL = Risk(target="#domain#a.test", weakness="critical", severity=Severity.CRITICAL, score=95)
LOW = Risk(target="#domain#b.test", weakness="low%_\\'\"", severity=Severity.LOW, score=5)
BLANK = Risk(target="#domain#b.test", weakness="blank")
RISKS = (BLANK, CRITICAL, HIGH, LOW)


def asking(text: str, kind: str = "risk", **how: Any) -> Query:
    return Query(kinds=(kind,), where=parse_filter(text, (kind,)), **how)


def weaknesses(keys: Iterable[Key]) -> set[str]:
    names = {risk.key: risk.weakness.split("%")[0] for risk in RISKS}
    return {names[key] for key in keys}


class QueryContract:
    @pytest.fixture
    async def risks(self, surface: Surface) -> Surface:
        await surface.see(*RISKS[:2], capability="nmap", tags={"env": "prod", "team": "o'neil"})
        surface.clock.move(HOUR)
        await surface.see(*RISKS[2:], capability="nuclei")
        await surface.decide(
            Edit(actor="ana", key=HIGH.key, fields={"state": "accepted", "owner": "ana"}, tags={"env": "dev"})
        )
        return surface

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("", {"high", "critical", "low", "blank"}),
            ("score>=80", {"high", "critical"}),
            ("score>80", {"critical"}),
            ("score<80", {"low"}),
            ("score<=80", {"low", "high"}),
            ("score=80", {"high"}),
            ("score=80,95", {"high", "critical"}),
            ("score!=80", {"critical", "low", "blank"}),
            ("score!=80,95", {"low", "blank"}),
            ("score=", {"blank"}),
            ("score!=", {"high", "critical", "low"}),
            ("score=5,", {"low", "blank"}),
            ("not score>=80", {"low", "blank"}),
            ("not not score>=80", {"high", "critical"}),
            ("not (score=5 or score=95)", {"high", "blank"}),
            ("score>=80 severity=critical", {"critical"}),
            ("score>=80 and severity=critical", {"critical"}),
            ("score=5 or severity=critical", {"low", "critical"}),
            ("severity=high,critical", {"high", "critical"}),
            ("severity>=high", {"high", "critical"}),
            ("severity<high", {"low"}),
            ("severity=", {"blank"}),
            ("state=accepted", {"high"}),
            ("state!=accepted", {"critical", "low", "blank"}),
            ("owner=ana", {"high"}),
            ("owner=", {"critical", "low", "blank"}),
            ("weakness~LO", {"low"}),
            ("weakness~%", {"low"}),
            ("weakness~_", {"low"}),
            ('weakness~"\\\\"', {"low"}),
            ("weakness~'", {"low"}),
            ('weakness~"\\""', {"low"}),
            ('weakness="high"', {"high"}),
            ("weakness=HIGH", set()),
            ("target=#domain#b.test", {"low", "blank"}),
            ("key~domain#a.test", {"high", "critical"}),
            ("kind=risk", {"high", "critical", "low", "blank"}),
            ("kind=domain", set()),
            ("status=active", {"high", "critical", "low", "blank"}),
            ("surface=external", {"high", "critical", "low", "blank"}),
            ("surface=internal", set()),
            ("revision=2", {"high"}),
            ("revision>=1", {"high", "critical", "low", "blank"}),
            ("tag.env=prod", {"critical", "blank"}),
            ("tag.env!=prod", {"high", "low"}),
            ("tag.env=", {"low"}),
            ("tag.env~R", {"critical", "blank"}),
            ('tag.team="o\'neil"', {"critical", "blank"}),
            ("tag.absent=x", set()),
            ("not tag.absent=x", {"high", "critical", "low", "blank"}),
            ("origin=nmap", {"critical", "blank"}),
            ("origin=nmap,ana", {"critical", "blank", "high"}),
            ("origin!=nmap", {"high", "low"}),
            ("origin=nm", set()),
            ("origin~NUC", {"high", "low"}),
            ("origin=", set()),
            ("origin!=", {"high", "critical", "low", "blank"}),
            ("created<2026-01-01T12:30:00Z", {"critical", "blank"}),
            ("created=2026-01-01T12:00:00Z", {"critical", "blank"}),
            ("created>=2026-01-01T14:00:00+01:00", {"high", "low"}),
            ("visited>2026-01-01", {"high", "critical", "low", "blank"}),
            ("updated<=2026-01-01T12:59:59", {"critical", "blank"}),
            ('weakness="x\' OR 1=1 --"', set()),
            ('owner="\'; DROP TABLE version; --"', set()),
        ],
    )
    async def test_a_filter_finds_what_it_says(self, risks: Surface, text: str, found: set[str]) -> None:
        assert weaknesses(await risks.keys(asking(text))) == found

    @pytest.mark.parametrize(
        "text", ["score>=80", "tag.env=prod", "origin=nmap", "not owner=ana", "severity>=high"]
    )
    async def test_a_filter_holds_page_by_page_and_in_the_past(self, risks: Surface, text: str) -> None:
        whole = await risks.keys(asking(text))
        later = risks.clock.move(DAY)

        assert await risks.keys(asking(text, limit=1)) == whole
        assert await risks.keys(asking(text, limit=1, as_of=later)) == whole

    async def test_instants_among_the_facts_compare_as_instants(self, surface: Surface) -> None:
        at = datetime(2026, 6, 1, tzinfo=UTC)
        steps = (timedelta(0), timedelta(microseconds=500), timedelta(seconds=1))
        certificates = [
            Certificate(sha256=f"{place}" * 64, not_after=at + step) for place, step in enumerate(steps)
        ]
        await surface.see(*certificates, Certificate(sha256="f" * 64))

        async def found(text: str) -> list[Key]:
            return await surface.keys(asking(text, "certificate", sort="not_after"))

        keys = [certificate.key for certificate in certificates]
        assert await found("not_after=2026-06-01T00:00:00Z") == keys[:1]
        assert await found("not_after=2026-06-01T02:00:00+02:00") == keys[:1]
        assert await found("not_after>2026-06-01") == keys[1:]
        assert await found("not_after<2026-06-01T00:00:01Z") == keys[:2]
        assert await found("not_after!=") == keys

    async def test_a_field_of_one_kind_does_not_match_the_others(self, surface: Surface) -> None:
        page = WebApplication(url="https://shop.test/", status_code=200)
        await surface.see(SHOP, HTTPS, page)
        kinds = GROUPS["assets"]

        async def found(text: str) -> list[Key]:
            return await surface.keys(Query(kinds=kinds, where=parse_filter(text, kinds)))

        assert await found("number=443") == [HTTPS.key]
        assert await found("status_code=200") == [page.key]
        assert await found("status_code!=200") == [SHOP.key, HTTPS.key]

    @pytest.mark.parametrize("sort", ["key", "updated", "number", "service"])
    @pytest.mark.parametrize("sign", ["", "-"])
    @settings(max_examples=8)
    @given(data=st.data())
    async def test_every_order_with_ties_and_missing_values(
        self, surface: Surface, sort: str, sign: str, data: st.DataObject
    ) -> None:
        organisation = fresh_organisation()
        drawn = st.tuples(
            st.integers(1, 12), st.sampled_from((22, 443)), st.sampled_from(("", "http", "ssh"))
        )
        arrived: dict[Key, Port] = {}
        for last, number, service in data.draw(st.lists(drawn, min_size=1, max_size=12)):
            port = Port(address=f"192.0.2.{last}", protocol="tcp", number=number, service=service)
            if port.key not in arrived:
                await surface.see(port, by=organisation)
                arrived[port.key] = port
        order = list(arrived)

        def place(key: Key) -> tuple[Any, ...]:
            match sort:
                case "key":
                    return (key,)
                case "updated":
                    return (order.index(key),)
            value = getattr(arrived[key], sort)
            return (value not in ("", None), value, order.index(key))

        expected = sorted(order, key=place, reverse=bool(sign))
        for limit in (1, 3, 100):
            query = Query(kinds=("port",), sort=sign + sort, limit=limit)
            assert await surface.keys(query, organisation) == expected

    @pytest.mark.parametrize(("kind", "sort"), [(kind, sort) for kind in KINDS for sort in sorts((kind,))])
    @pytest.mark.parametrize("sign", ["", "-"])
    async def test_every_declared_order_walks_all_once(
        self, surface: Surface, kind: str, sort: str, sign: str
    ) -> None:
        made = [EXAMPLES[kind](place) for place in range(5)]
        await surface.decide(*(Edit(actor="ana", entity=entity) for entity in made))

        keys = await surface.keys(Query(kinds=(kind,), sort=sign + sort, limit=2))

        assert sorted(keys) == sorted(entity.key for entity in made)

    async def test_severity_sorts_by_how_bad_it_is(self, risks: Surface) -> None:
        keys = await risks.keys(Query(kinds=("risk",), sort="-severity", limit=1))

        assert keys == [CRITICAL.key, HIGH.key, LOW.key, BLANK.key]

    async def test_the_first_page_of_what_to_fix(self, risks: Surface) -> None:
        page = await risks.store.find(ACME, Query(kinds=("risk",), sort="-score", limit=2))

        assert [record.key for record in page.items] == [CRITICAL.key, HIGH.key]
        assert page.cursor

    async def test_several_kinds_stand_in_one_order(self, surface: Surface) -> None:
        await surface.see(SHOP, HTTPS, *domains(2))

        keys = await surface.keys(Query(kinds=("port", "domain"), limit=1))

        assert keys == sorted(keys)
        assert len(keys) == 4

    @settings(max_examples=15)
    @given(
        first=st.sets(st.integers(0, 30), min_size=3, max_size=10),
        later=st.sets(st.integers(0, 30), max_size=10),
        sort=st.sampled_from(("key", "-key", "number", "-number", "-updated")),
        limit=st.integers(1, 3),
    )
    async def test_inserts_between_two_pages_neither_repeat_nor_hide(
        self, surface: Surface, first: set[int], later: set[int], sort: str, limit: int
    ) -> None:
        organisation = fresh_organisation()

        def port(place: int) -> Port:
            return Port(address=f"192.0.2.{place}", protocol="tcp", number=1 + place % 3)

        await surface.see(*map(port, first), by=organisation)
        query = Query(kinds=("port",), sort=sort, limit=limit)
        page = await surface.store.find(organisation, query)
        seen = [record.key for record in page.items]
        await surface.see(*map(port, later - first), by=organisation)
        rest = await surface.keys(moved(query, page.cursor), organisation) if page.cursor else []

        assert len(set(seen + rest)) == len(seen + rest)
        assert {port(place).key for place in first} <= {*seen, *rest}

    async def test_a_walk_stays_whole_when_an_item_leaves_under_it(self, surface: Surface) -> None:
        many = domains(6)
        await surface.see(*many)
        query = Query(kinds=("domain",), limit=2)
        page = await surface.store.find(ACME, query)
        await surface.decide(Edit(actor="ana", key=page.items[-1].key, status=Status.EXCLUDED))

        rest = await surface.keys(moved(query, page.cursor))

        assert rest == [domain.key for domain in many[2:]]

    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "nonsense",
            "é",
            "=" * 10,
            *(
                base64.urlsafe_b64encode(raw).decode().rstrip("=")
                for raw in (
                    b"[]",
                    b"{}",
                    b"null",
                    b'["key"]',
                    b'["key",1,2,3]',
                    b'["key",{}]',
                    b'["key",null]',
                    b'["key",99999999999999999999999]',
                    b'["-key","#domain#a"]',
                    b'["versions",1]',
                    b"[" * 5_000,
                )
            ),
        ],
    )
    @pytest.mark.parametrize("sort", ["key", "-updated", "number"])
    async def test_a_cursor_that_is_none_is_refused(self, surface: Surface, cursor: str, sort: str) -> None:
        await surface.see(HTTPS)

        with pytest.raises(InvalidError, match="cursor"):
            await surface.store.find(ACME, Query(kinds=("port",), sort=sort, cursor=cursor))

    @settings(max_examples=100)
    @given(
        parts=st.lists(
            st.none() | st.integers() | st.text(max_size=3) | st.floats(allow_nan=False), max_size=4
        )
    )
    async def test_a_forged_cursor_never_breaks_the_store(self, surface: Surface, parts: list[Any]) -> None:
        for sort in ("key", "-number"):
            raw = msgspec.json.encode((sort, *parts))
            cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")
            try:
                await surface.store.find(ACME, Query(kinds=("port",), sort=sort, cursor=cursor))
            except InvalidError as error:
                assert error.place == "cursor"  # noqa: PT017 - either answer is right, a crash is not

    async def test_what_left_the_surface_is_found_when_everything_is_asked_for(
        self, surface: Surface
    ) -> None:
        many = domains(len(Status))
        await surface.decide(
            *(Edit(actor="ana", entity=one, status=status) for one, status in zip(many, Status, strict=True))
        )

        shown = {record.status async for record in surface.walk(Query(kinds=("domain",)))}
        everything = {
            record.status async for record in surface.walk(Query(kinds=("domain",), everything=True))
        }

        assert shown == set(Status) - {Status.EXCLUDED, Status.GONE}
        assert everything == set(Status)

    async def test_states_compare_in_the_order_of_their_life(self, surface: Surface) -> None:
        many = [Risk(target="#domain#a.test", weakness=state.value, state=state) for state in RiskState]
        await surface.decide(*(Edit(actor="ana", entity=one) for one in many))

        keys = await surface.keys(Query(kinds=("risk",), sort="state"))

        assert keys == [one.key for one in many]


def _plain(kind: str, place: int) -> Entity:
    values = {
        "address": {"ip": f"192.0.2.{place}"},
        "apikey": {"id": f"a{place}", "label": f"a{place % 2}"},
        "alertrule": {"label": f"a{place}"},
        "attribute": {"owner": "#domain#a.test", "label": "a", "value": str(place)},
        "candidate": {"about": f"#domain#a{place}.test", "clues": (Clue("seen", "", "", "", place % 2),)},
        "certificate": {"sha256": str(place) * 64},
        "comment": {"about": "#domain#a.test", "id": f"a{place}", "text": "a", "author": "a" * (place % 2)},
        "contract": {"id": f"a{place}", "authorised_by": "a" * (place % 2)},
        "credential": {"type": "a", "fingerprint": str(place) * 64},
        "dnsrecord": {"host": "a.test", "type": "MX", "value": str(place)},
        "domain": {"host": f"a{place}.test"},
        "file": {"path": str(place), "size_bytes": place % 2},
        "import": {"id": f"a{place}", "sha256": str(place % 2) * 64},
        "importjob": {"id": f"a{place}", "sha256": str(place % 2) * 64},
        "importpage": {"owner": "a", "number": place},
        "incident": {"id": f"a{place}", "rule": "a" * (place % 2)},
        "integration": {"label": f"a{place}", "type": "jira", "enabled": bool(place % 2)},
        "job": {"capability": "a", "target": f"#domain#a{place}.test"},
        "member": {"id": f"user:a{place}", "roles": ("analyst",)},
        "netblock": {"cidr": f"192.0.{place}.0/24"},
        "organisation": {"id": f"a{place}", "parent": "a" * (place % 2)},
        "port": {"address": "192.0.2.7", "protocol": "tcp", "number": place + 1},
        "risk": {"target": "#domain#a.test", "weakness": str(place), "score": place % 2 or None},
        "role": {"label": f"a{place}"},
        "scan": {"id": f"a{place}"},
        "seed": {"value": f"a{place}.test"},
        "session": {"id": f"a{place}", "subject": f"user:a{place % 2}"},
        "setting": {"label": f"a{place}"},
        "technology": {"cpe": f"cpe:2.3:a:a:a:{place}:*:*:*:*:*:*:*"},
        "ticket": {
            "integration": "a",
            "risk": f"#risk#domain#a.test#{place}",
            "issue": "A-1" if place % 2 else "",
        },
        "user": {"id": f"a{place}"},
        "vulnerability": {"id": f"CVE-2023-000{place}", "cvss_score": place / 2 if place % 2 else None},
        "webapplication": {"url": f"https://a{place}.test/"},
    }
    return KINDS[kind](**values[kind])


EXAMPLES = {kind: (lambda place, kind=kind: _plain(kind, place)) for kind in KINDS}
