from chariot.model.keys import Organisation
from chariot.model.kinds.network import Domain
from chariot.model.observations import Edit
from chariot.model.states import Status
from rest_perimeter import ORGANISATION


async def test_a_reader_of_changes_misses_nothing_and_sees_nothing_twice(client):
    seen = []
    page = (await client.get("/api/v1/changes?limit=3")).json()
    while page["links"]["next"]:
        seen += page["data"]
        page = (await client.get(page["links"]["next"])).json()
    seen += page["data"]

    whole = (await client.get("/api/v1/changes?limit=1000")).json()
    assert seen == whole["data"]
    assert whole["meta"]["last_sequence"] == seen[-1]["sequence"]


async def test_at_the_end_of_the_log_the_place_is_kept(client):
    page = (await client.get("/api/v1/changes?after=1000")).json()

    assert (page["data"], page["meta"]["last_sequence"]) == ([], 1000)


async def test_changes_of_others_are_not_told(client, services):
    other = Organisation("other")
    await services.surface.edit(other, [Edit(actor="eve", entity=Domain(host="theirs.test"))])

    assert "theirs.test" not in (await client.get("/api/v1/changes?limit=1000")).text


async def test_a_diff_tells_what_appeared_since(client):
    page = (await client.get("/api/v1/diff?since=1d&kind=domains,ports")).json()

    assert {(one["kind"], one["happened"]) for one in page["data"]} == {
        ("domain", "appeared"),
        ("port", "appeared"),
    }


async def test_a_diff_tells_what_left(client, services):
    middle = services.now().isoformat()
    edit = Edit(actor="ann", key="#domain#www.perimeter.test", status=Status.EXCLUDED)
    await services.surface.edit(ORGANISATION, [edit])

    (one,) = (await client.get("/api/v1/diff", params={"since": middle})).json()["data"]

    assert (one["happened"], one["before"]["host"], one["after"]) == ("left", "www.perimeter.test", None)


async def test_the_next_page_of_a_diff_keeps_its_moments(client):
    first = (await client.get("/api/v1/diff?since=1d&limit=1")).json()
    second = (await client.get(first["links"]["next"])).json()

    assert second["meta"]["since"] == first["meta"]["since"]
    assert second["data"][0]["key"] != first["data"][0]["key"]


async def test_statistics_are_counted_by_kind(client):
    data = (await client.get("/api/v1/statistics")).json()["data"]

    assert (data["on_surface"]["domain"], data["by_status"]["risk"]) == (2, {"active": 2})
    assert data["total"] == sum(data["on_surface"].values())
