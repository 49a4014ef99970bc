import pytest
from format_contract import entities, findings, read, refusals, sample

from chariot.formats.dirsearch import Dirsearch


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("dirsearch.1.json", "https://www.perimeter.test/#path#/robots.txt"),
        ("dirsearch.2.json", "http://www.perimeter.test:8080/#path#/.git/HEAD"),
        ("dirsearch.3.csv", "https://www.perimeter.test/#path#/admin"),
        ("dirsearch.4.txt", "https://www.perimeter.test/#path#/robots.txt"),
    ],
)
def test_every_form_gives_paths_of_applications(name: str, path: str) -> None:
    items = read(Dirsearch(), sample(name))

    assert f"#attribute#webapplication#{path}" in entities(items, "attribute")
    assert refusals(items) == []


def test_each_result_counts() -> None:
    assert findings(read(Dirsearch(), sample("dirsearch.4.txt"))) == 2


def test_a_result_without_an_address_is_refused() -> None:
    items = read(Dirsearch(), b'{"info":{"args":"x"},"results":[{"url":"x"},{"url":null},3]}')

    assert len(refusals(items)) == 3
