from lxml import etree

from chariot.modules.exchange.report.plots import Bar, bars, contribution, histogram


def test_labels_are_escaped() -> None:
    drawn = bars('"><script>', [Bar("<b>x</b>", 3, '"x')])

    assert "<script>" not in drawn
    assert "<b>" not in drawn
    etree.fromstring(drawn)


def test_the_longest_bar_fills_the_room_and_nothing_is_no_bar() -> None:
    widths = [
        float(rect.get("width"))
        for rect in etree.fromstring(bars("x", [Bar("a", 4), Bar("b", 2), Bar("c", 0)])).iter("rect")
        if rect.get("class").startswith("bar")
    ]

    assert widths == [292.0, 146.0, 0.0]


def test_nothing_to_plot_is_no_error() -> None:
    etree.fromstring(bars("x", []))
    etree.fromstring(histogram("x", [0] * 10, ["low"] * 10))


def test_a_histogram_says_its_numbers() -> None:
    drawn = histogram("x", [0] * 9 + [1_234], ["low"] * 10)

    assert "1,234" in drawn
    assert "90-100" in drawn


def test_what_takes_from_a_score_points_the_other_way() -> None:
    adds, takes = (
        etree.fromstring(contribution(points, 10)).find("rect").get("class") for points in (5.0, -5.0)
    )

    assert (adds, takes) == ("bar adds", "bar takes")
