"""Panels as SVG: where points stand, what axes say, and what strange values come to."""

from xml.etree import ElementTree

import pytest
from seqrec_tool_run.svg_panel import Line, panel_svg

LOSS = Line("loss", "#123456", [(1.0, 4.0), (2.0, 3.0), (3.0, 0.0)])


def drawn(*lines, best=None, title="Loss"):
    return ElementTree.fromstring(panel_svg(title, "mean", lines, best))


def places(panel):
    pairs = [pair.split(",") for pair in panel.find("polyline").get("points").split()]
    return [(float(x), float(y)) for x, y in pairs]


def test_points_stand_at_their_values_on_both_axes():
    panel = drawn(LOSS, best=2.0)
    (x1, y1), (x2, y2), (x3, y3) = places(panel)
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.11)
    assert (y2 - y1) * 3 == pytest.approx(y3 - y2, abs=0.4)  # one down, then three
    assert float(panel.find("line[@class='best']").get("x1")) == x2
    grid = {
        text.text: float(text.get("y")) - 4 for text in panel.findall("text[@text-anchor='end']")
    }
    assert {"0", "4"} <= grid.keys()
    assert (grid["4"], grid["0"]) == (pytest.approx(y1), pytest.approx(y3))
    epochs = {t.text: float(t.get("x")) for t in panel.findall("text") if t.text in ("1", "2", "3")}
    assert epochs["3"] == x3


def test_it_says_what_it_shows_and_takes_the_colour_of_the_page():
    panel = drawn(LOSS, best=3.0)
    assert panel[0].tag == "title"
    assert panel[0].text == (
        "Loss by epoch: loss 4 at epoch 1, 0 at epoch 3; best weights at epoch 3"
    )
    assert (panel.get("role"), panel.get("fill")) == ("img", "currentColor")
    texts = [text.text for text in panel.findall("text")]
    assert {"Loss", "mean", "epoch", "best weights"} <= {*texts}


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-9, -5.0, 3e6, 0.0])
def test_ticks_are_few_and_round_and_hold_every_value(value):
    panel = drawn(Line("a", "red", [(1.0, value), (2.0, value * 1.37 + 1e-12), (9.0, value)]))
    ticks = [float(t.text) for t in panel.findall("text[@text-anchor='end']")]
    assert 1 <= len(ticks) <= 7
    assert all(len(f"{tick:g}") <= 7 for tick in ticks)
    assert min(ticks) <= min(value, value * 1.37) + 1e-11
    assert max(ticks) >= max(value, value * 1.37) - 1e-11


def test_a_single_point_stands_in_the_middle_and_names_are_escaped():
    panel = drawn(Line("<b>", "red", [(1.0, 2.0)]), best=7.0, title="<i>")
    [(x, y)] = places(panel)
    _, _, wide, tall = map(float, panel.get("viewBox").split())
    assert abs(x - wide / 2) < wide / 10
    assert abs(y - tall / 2) < tall / 10
    assert panel.find("line[@class='best']") is None  # an epoch that the line has not
    assert panel.find("title").text.startswith("<i> by epoch: <b> 2")


def test_what_is_not_finite_is_not_drawn_and_many_points_have_no_dots():
    panel = drawn(Line("a", "red", [(1.0, float("nan")), (2.0, 1.0), (3.0, float("inf"))]))
    assert len(places(panel)) == 1
    assert panel_svg("a", "b", [Line("a", "red", [(1.0, float("nan"))])]) == ""
    many = drawn(Line("a", "red", [(float(n), n % 7.0) for n in range(200)]))
    assert many.find("g") is None
    assert len(places(many)) == 200


def test_a_legend_of_many_names_breaks_into_rows_within_the_picture():
    panel = drawn(*(Line(f"a metric of its own {n}@10", "red", [(1.0, 1.0)]) for n in range(6)))
    _, _, wide, tall = map(float, panel.get("viewBox").split())
    boxes = panel.findall("rect")
    assert len(boxes) == 6
    assert len({box.get("y") for box in boxes}) > 1
    assert all(float(box.get("x")) < wide and float(box.get("y")) < tall for box in boxes)
