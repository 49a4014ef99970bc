import pytest

NGINX = "cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*"
PACKAGE = "pkg:pypi/requests@2.19.0"


async def test_each_name_is_answered_for_what_it_is(client):
    found = (await client.post("/api/v1/intelligence/matches", json={"names": [NGINX, PACKAGE]})).json()[
        "data"
    ]

    assert (list(found["products"]), list(found["packages"])) == ([NGINX], [PACKAGE])


@pytest.mark.parametrize("names", [[], ["nonsense"], ["pkg:"], [""], ["a"] * 101])
async def test_what_names_nothing_is_refused(client, names):
    answer = await client.post("/api/v1/intelligence/matches", json={"names": names})

    assert answer.status_code == 400
    assert answer.json()["field"]
