import hashlib

import pytest

from rest_perimeter import RISK_KEY

RISKS = "{ risks(first: 1) { nodes { key name score severity state } cursor has_more } }"


async def test_a_list_tells_the_fields_that_are_asked_for(api):
    told = (await api.data(RISKS))["risks"]

    assert told["nodes"] == [
        {
            "key": RISK_KEY,
            "name": told["nodes"][0]["name"],
            "score": 71,
            "severity": "HIGH",
            "state": "TRIAGE",
        }
    ]
    assert told["has_more"] is True


async def test_pages_follow_each_other(api):
    query = "query ($after: String) { domains(first: 1, after: $after) { nodes { host } cursor has_more } }"
    first = (await api.data(query))["domains"]
    second = (await api.data(query, after=first["cursor"]))["domains"]

    assert [one["nodes"][0]["host"] for one in (first, second)] == [
        "shop.perimeter.test",
        "www.perimeter.test",
    ]
    assert (second["has_more"], second["cursor"]) == (False, None)


async def test_the_filter_is_the_one_of_all_lists(api):
    told = await api.data('{ risks(filter: "score>=70") { nodes { weakness } } }')

    assert told["risks"]["nodes"] == [{"weakness": "CVE-2023-12345"}]


async def test_relationships_lead_both_ways(api):
    told = await api.data(
        """{ addresses { nodes { ip
             has_port { edges { entity { key ... on Port { number } } } }
             resolves_to_in { edges { type entity { name } } } } } }"""
    )

    (address,) = told["addresses"]["nodes"]
    assert address["has_port"]["edges"][0]["entity"]["number"] == 443
    assert address["resolves_to_in"]["edges"] == [
        {"type": "RESOLVES_TO", "entity": {"name": "www.perimeter.test"}}
    ]


async def test_what_one_level_asks_for_is_read_at_once(api):
    told = await api.data("{ risks { nodes { at { key tags { label value } } } } }")

    assert [one["at"]["key"] for one in told["risks"]["nodes"]] == ["#port#192.0.2.7#tcp#443"] * 2
    assert api.store.calls == {"find": 1, "get": 1}


async def test_the_ends_of_many_relationships_are_read_at_once(api):
    await api.data("{ domains { nodes { resolves_to { edges { entity { key } } } } } }")

    assert api.store.calls["get"] == 1


async def test_the_relationships_of_many_are_read_at_once(api):
    asked = "resolves_to { edges { target } } relationships(first: 5) { edges { target } }"
    told = await api.data(f"{{ domains {{ nodes {{ key {asked} }} }} }}")

    assert len(told["domains"]["nodes"]) > 1
    assert any(one["resolves_to"]["edges"] for one in told["domains"]["nodes"])
    assert api.store.calls == {"find": 1, "edges_of_many": 2}


async def test_one_entity_has_its_history(api):
    await api.data(
        'mutation { change_tags(key: "#domain#www.perimeter.test", tags: [{label: "team", value: "shop"}]) { key } }'
    )
    told = await api.data(
        '{ entity(key: "#domain#www.perimeter.test") { tags { label value } history { nodes { op actor fields } } } }'
    )

    assert {"label": "team", "value": "shop"} in told["entity"]["tags"]
    assert [one["op"] for one in told["entity"]["history"]["nodes"]] == ["DECIDED", "CREATED"]


async def test_the_past_is_read_as_it_was(api):
    told = await api.data('{ domains(as_of: "2020-01-01T00:00:00Z") { nodes { host } } }')

    assert told["domains"]["nodes"] == []


async def test_what_changed_and_how_much_there_is(api):
    told = await api.data(
        """{ changes(first: 100) { sequence op key kind relationship }
             diff(since: "24h", kinds: ["domains"]) { nodes { key before { key } after { name } } }
             statistics { kind on_surface } }"""
    )

    assert told["changes"]
    assert {one["after"]["name"] for one in told["diff"]["nodes"]} == {
        "www.perimeter.test",
        "shop.perimeter.test",
    }
    assert {"kind": "domain", "on_surface": 2} in told["statistics"]


async def test_a_risk_is_explained_and_moved(api):
    explained = await api.data("{ risks(first: 1) { nodes { explanation { score factors formula } } } }")
    moved = await api.data(
        'mutation ($key: ID!) { transition_risk(key: $key, state: REJECTED, reason: "known") { state reason } }',
        key=RISK_KEY,
    )

    assert explained["risks"]["nodes"][0]["explanation"]["factors"]
    assert moved["transition_risk"] == {"state": "REJECTED", "reason": "known"}


async def test_seeds_come_and_go(api):
    added = await api.data(
        'mutation { add_seeds(seeds: [{value: "198.51.100.0/28", depth: LIGHT}]) { value depth } }'
    )
    gone = await api.data('mutation { exclude_seed(value: "198.51.100.0/28", why: "sold") { status } }')

    assert added["add_seeds"] == [{"value": "198.51.100.0/28", "depth": "LIGHT"}]
    assert gone["exclude_seed"] == {"status": "EXCLUDED"}


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("{", 400, "query"),
        ("{ nothing }", 400, "query"),
        ("{ risks(first: 101) { nodes { key } } }", 400, "first"),
        ("{ risks(first: 0) { nodes { key } } }", 400, "first"),
        ('{ risks(filter: "nonsense=1") { nodes { key } } }', 400, "filter"),
        ('{ risks(sort: "nonsense") { nodes { key } } }', 400, "sort"),
        ('{ risks(after: "nonsense") { nodes { key } } }', 400, "cursor"),
        ('{ risks(as_of: "nonsense") { nodes { key } } }', 400, "as_of"),
        ('{ entity(key: "nonsense") { key } }', 400, "key"),
        ("{ changes(after: -1) { key } }", 400, "after"),
        ('{ diff(since: "nonsense") { nodes { key } } }', 400, "since"),
        ('mutation { add_seeds(seeds: [{value: "not a seed"}]) { key } }', 400, "seeds[0].value"),
        ("mutation { add_seeds(seeds: []) { key } }", 400, "seeds"),
        ('mutation { exclude_seed(value: "198.51.100.0/28") { key } }', 404, ""),
        ('mutation { transition_risk(key: "#domain#a.test", state: OPEN) { key } }', 400, "key"),
        ('mutation { transition_risk(key: "#risk#domain#a.test#X", state: OPEN) { key } }', 404, ""),
        ('mutation { change_tags(key: "#apikey#x", tags: [{label: "a", value: "b"}]) { key } }', 400, "key"),
    ],
)
async def test_what_is_wrong_is_told_as_in_rest(api, query, status, field):
    told = await api.error(query)

    assert told[:2] == (status, field)


@pytest.mark.parametrize("value", [5.5, "5", True, [5], {}, 2**40])
async def test_a_variable_of_another_type_is_told_by_its_name(api, value):
    (error,) = (await api.ask("query ($n: Int) { risks(first: $n) { nodes { key } } }", n=value))["errors"]

    assert (error["extensions"]["status"], error["extensions"]["field"]) == (400, "variables.n")


NESTED = (
    "{ domains { nodes { "
    + "resolves_to { edges { entity { ... on Domain { " * 8
    + "key"
    + " } } } }" * 8
    + " } } }"
)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ " + " ".join(f"a{n}: risks(first: 100) {{ nodes {{ key name }} }}" for n in range(150)) + " }", "values"),
        ("{ " + "risks { nodes { key } } " * 30 + "}", "more than 20 times"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(900)) + " }", "fields"),
        ("query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "itself"),
        (NESTED, "levels deep"),
        ("{" * 1_500, ""),
        ("{ a(" + "x: [" * 1_300, ""),
        ("{ entity(key: " + "[" * 1_000 + "]" * 1_000 + ") { key } }", ""),
        ("{ domains(first: 100) { nodes { relationships(first: 100) { edges { entity { name } } } } } }", "values"),
        ("#" * 99_000, ""),
        ("{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }", ""),
        ("query ($n: Int = 100) { domains(first: $n) { nodes { relationships(first: $n) { edges { source } } } } }",
         "values"),
        ("subscription { risks { nodes { key } } }", ""),
    ],
    ids=range(13),
)  # fmt: skip
async def test_a_hostile_query_is_refused_before_anything_is_read(api, query, words):
    answer = await api.send(query=query)

    (error, *_) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["status"]) == (200, 400)
    assert words in error["message"]
    assert not api.store.calls


async def test_fragments_that_multiply_each_other_are_weighed_quickly(api):
    parts = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60)]
    query = "{ ...F0 } " + " ".join(parts) + " fragment F60 on Query { statistics { kind } }"

    assert "values" in (await api.error(query))[2]


async def test_another_organisation_is_told_nothing(api):
    query = """query ($key: ID!) { entity(key: $key) { name } risks { nodes { key } } assets { nodes { key } }
        changes(first: 100) { key } statistics { kind } }"""
    told = await api.ask(query, token="theirs", key=RISK_KEY)

    assert told["data"] == {
        "entity": None, "risks": {"nodes": []}, "assets": {"nodes": []}, "changes": [], "statistics": []
    }  # fmt: skip
    moved = "mutation ($key: ID!) { transition_risk(key: $key, state: OPEN) { key } }"
    assert (await api.error(moved, token="theirs", key=RISK_KEY))[0] == 404


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ('mutation { add_seeds(seeds: [{value: "a.test"}]) { key } }', "seeds:write"),
        ('mutation { exclude_seed(value: "a.test") { key } }', "seeds:write"),
        ('mutation { transition_risk(key: "#risk#domain#a.test#X", state: OPEN) { key } }', "risks:write"),
        ('mutation { change_tags(key: "#domain#a.test", tags: [{label: "a"}]) { key } }', "entities:write"),
        ("{ apikeys { nodes { label } } }", "keys:read"),
        ("{ alertrules { nodes { label } } }", "alerts:read"),
        ('{ entity(key: "#setting#x") { name } }', "settings:read"),
    ],
)
async def test_each_thing_needs_its_permission(api, query, words):
    status, _, message = await api.error(query, token="reader-entities:read")

    assert status == 403
    assert words in message


@pytest.mark.parametrize(("token", "status"), [("nobody", 401), ("reader-risks:write", 403)])
async def test_who_may_not_read_learns_not_even_the_schema(api, token, status):
    answer = await api.send(token, query="{ __schema { types { name } } }")

    assert answer.status_code == status


async def test_secrets_are_no_fields(api):
    status, field, _ = await api.error("{ alertrules { nodes { signing_key } } }")

    assert (status, field) == (400, "query")


async def test_a_query_is_known_by_its_digest_once_it_was_sent(api):
    named = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(RISKS.encode()).hexdigest()}}
    unknown = await api.send(extensions=named)
    sent = await api.send(query=RISKS, extensions=named)
    again = await api.send(extensions=named)
    other = await api.send("theirs", extensions=named)

    assert (unknown.status_code, unknown.json()["detail"]) == (404, "PersistedQueryNotFound")
    assert sent.json() == again.json()
    assert other.status_code == 404


async def test_a_digest_of_something_else_is_refused(api):
    answer = await api.send(
        query=RISKS, extensions={"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    )

    assert answer.status_code == 400
    assert answer.json()["field"] == "extensions.persistedQuery.sha256Hash"


async def test_a_body_that_is_too_large_is_refused(api):
    answer = await api.send(query="#" * 100_001)

    assert (answer.status_code, answer.json()["field"]) == (400, "query")
