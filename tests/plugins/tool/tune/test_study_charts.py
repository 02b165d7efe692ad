"""Charts: every point is where its values say, and what is written on them stays text."""

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from seqrec_tool_tune.study_charts import Axis, Dots, bars, chart


@pytest.mark.parametrize(
    "values", [[0.0125, 0.0131], [3, 3], [0], [-4.0, 900.0], [0, 1e-12], [7, 8, 31]]
)
def test_ticks_are_round_enclose_the_values_and_stand_evenly(values):
    axis = Axis.of_numbers(values)
    places = [place for place, _ in axis.ticks]
    assert (places[0], places[-1]) == (0, 1)
    assert 2 <= len(places) <= 8
    assert all(0 <= axis.place(value) <= 1 for value in values)
    gaps = [b - a for a, b in pairwise(places)]
    assert gaps == pytest.approx([gaps[0]] * len(gaps))
    words = [float(word) for _, word in axis.ticks]
    assert words == sorted({*words})


def test_whole_numbers_have_whole_ticks():
    words = [word for _, word in Axis.of_numbers([0, 2], is_whole=True).ticks]
    assert words == ["0", "1", "2"]


def test_magnitudes_are_even():
    axis = Axis.of_magnitudes(1e-4, 1e-1)
    assert axis.place(math.sqrt(1e-4 * 1e-1)) == pytest.approx(0.5)
    assert [word for _, word in axis.ticks] == ["0.0001", "0.001", "0.01", "0.1"]
    assert len(Axis.of_magnitudes(0.2, 0.3).ticks) == 2


def test_a_chart_is_well_formed_and_its_points_are_in_order():
    points = [(0, 0.1), (1, 0.3), (2, 0.2)]
    x, y = Axis.of_numbers([0, 2]), Axis.of_numbers([0.1, 0.3])
    steps = Dots([(0, 0.1), (1, 0.3)], "red", "<best>", is_step=True)
    text = chart([Dots(points, "blue"), steps], x, y, "a & <b>", 300, 200)
    root = ElementTree.fromstring(text)
    spots = [(float(c.get("cx")), float(c.get("cy"))) for c in root.iter("circle")]
    assert spots == sorted(spots)
    assert spots[1][1] < spots[2][1] < spots[0][1]  # what is greater stands higher
    assert {"a & <b>", "<best>"} <= {each.text for each in root.iter("text")}
    (first, second) = spots[:2]
    path = f"M{first[0]} {first[1]}H{second[0]}V{second[1]}"
    assert re.search(re.escape(path) + '"', text)


def test_bars_are_as_long_as_their_shares():
    root = ElementTree.fromstring(bars({"b": 0.25, "a<": 0.75}, 400))
    long, short = (float(bar.get("width")) for bar in root.iter("rect"))
    assert long == pytest.approx(3 * short, abs=0.2)
    assert [each.text for each in root.iter("text")] == ["a<", "75%", "b", "25%"]
