from chariot.entrypoints.cli.scanners import installed_capabilities, span
from chariot.settings import Settings


def test_built_in_ones_and_tools_are_listed_with_what_they_send(tmp_path) -> None:
    found = {one.name: one for one in installed_capabilities(Settings(home=str(tmp_path)))}

    assert found["dns"].origin == "built-in"
    assert (found["nuclei"].origin, found["nuclei"].deep) == ("tool", True)
    assert (found["seed"].sends, found["dns"].packets > 0) == ("nothing", True)


def test_a_period_of_the_settings_is_told(tmp_path) -> None:
    settings = Settings(home=str(tmp_path), periods={"dns": 1})

    assert {one.name: one.period_s for one in installed_capabilities(settings)}["dns"] == 3_600


def test_a_span_is_in_its_largest_whole_unit() -> None:
    assert [span(seconds) for seconds in (604_800, 3_600, 90, 5_400)] == ["7 d", "1 h", "90 s", "90 min"]
