from chariot.model.kinds.network import WebApplication
from chariot.model.observations import Edit, Observations
from rest_perimeter import NOON, ORGANISATION, entity_path

WWW = "#domain#www.perimeter.test"


async def test_an_entity_is_read_by_its_key(client):
    answer = await client.get(entity_path(WWW))

    assert answer.json()["data"]["host"] == "www.perimeter.test"
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_a_key_with_slashes_and_a_port_is_one_segment(client, surface):
    web = WebApplication(url="https://app.example.com:8443/")
    await surface.observe(ORGANISATION, Observations(capability="p", seen_at=NOON, entities=(web,)))

    answer = await client.get(entity_path(web.key))

    assert answer.json()["data"]["url"] == "https://app.example.com:8443/"
    assert (await client.get(entity_path(web.key, "versions"))).status_code == 200


async def test_what_was_read_before_is_not_sent_again(client):
    first = await client.get(entity_path(WWW))

    again = await client.get(entity_path(WWW), headers={"if-none-match": f'"0-1", {first.headers["etag"]}'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


async def test_an_etag_begins_with_the_revision_and_changes_with_what_is_shown(client, surface):
    whole = (await client.get(entity_path(WWW))).headers["etag"]
    part = (await client.get(entity_path(WWW) + "?fields=host")).headers["etag"]
    await surface.edit(ORGANISATION, [Edit(actor="ann", key=WWW, tags={"team": "shop"})])
    after = (await client.get(entity_path(WWW))).headers["etag"]

    assert [one.partition("-")[0] for one in (whole, part, after)] == ['"1', '"1', '"2']
    assert whole != part


async def test_relationships_are_read_from_both_ends(client):
    out = (await client.get(entity_path("#address#192.0.2.7", "relationships"))).json()["data"]
    back = (await client.get(entity_path("#address#192.0.2.7", "relationships?direction=in"))).json()["data"]

    assert [(one["type"], one["target"]) for one in out] == [("HAS_PORT", "#port#192.0.2.7#tcp#443")]
    assert [(one["type"], one["source"]) for one in back] == [("RESOLVES_TO", WWW)]


async def test_relationships_are_chosen_by_type(client):
    path = entity_path("#address#192.0.2.7", "relationships?type=SERVES,HAS_FILE")

    assert (await client.get(path)).json()["data"] == []


async def test_versions_tell_who_changed_what_and_why(client, surface):
    await surface.edit(ORGANISATION, [Edit(actor="ann", why="named", key=WWW, tags={"team": "shop"})])

    newest, oldest = (await client.get(entity_path(WWW, "versions"))).json()["data"]

    assert (newest["actor"], newest["why"], newest["fields"]) == ("ann", "named", ["tags"])
    assert (oldest["revision"], oldest["valid_to"]) == (1, newest["valid_from"])
    assert newest["entity"]["host"] == "www.perimeter.test"


async def test_versions_of_a_rule_hold_no_secret(client):
    assert "T0K3N" not in (await client.get(entity_path("#alertrule#on-call", "versions"))).text
