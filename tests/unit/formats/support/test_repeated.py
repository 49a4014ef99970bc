"""What is read once, and what is read each time."""

from typing import Any

from chariot.formats.support.repeated import renaming, repeated


def test_the_same_words_are_read_once_and_others_again() -> None:
    calls: list[Any] = []

    @repeated
    def read(value: Any, tool: str) -> str:
        calls.append(value)
        return f"{tool}: {value['name']}"

    told = [read({"name": name}, tool) for name, tool in (("a", "x"), ("a", "x"), ("b", "x"), ("a", "y"))]

    assert told == ["x: a", "x: a", "x: b", "y: a"]
    assert len(calls) == 3


def test_what_cannot_be_written_as_json_is_read_each_time() -> None:
    read = repeated(lambda value: value["name"])

    assert [read({"name": "\ud800"}), read({"name": "\ud800"})] == ["\ud800", "\ud800"]


def test_what_is_large_is_not_kept() -> None:
    calls: list[int] = []

    @repeated
    def read(value: Any) -> int:
        calls.append(1)
        return len(value)

    assert [read("a" * 20_000), read("a" * 20_000)] == [20_000, 20_000]
    assert len(calls) == 2


def test_members_are_called_alike_however_many_there_are() -> None:
    renamed = renaming(str.upper)
    many = {f"member-{number}": number for number in range(500)}

    assert [renamed({"a": 1, "b": 2}), renamed({"a": 3, "b": 4})] == [{"A": 1, "B": 2}, {"A": 3, "B": 4}]
    assert renamed(many) == {name.upper(): value for name, value in many.items()}
