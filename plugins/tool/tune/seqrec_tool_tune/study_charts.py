"""Plain charts as SVG text, for a page that needs no other file."""

import html
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

BLUE, ORANGE, GREY, LINE = "#2563eb", "#d97706", "#6b7280", "#e5e7eb"
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 22, 42  # what the axes take of a chart
TICKS = 5  # about as many

Points = Sequence[tuple[Any, float]]


@attrs.frozen
class Axis:
    """Where a value stands between 0 and 1, and the ticks: a place and a word each."""

    place: Callable[[Any], float]
    ticks: Sequence[tuple[float, str]]

    @classmethod
    def of_numbers(cls, values: Sequence[float], *, is_whole: bool = False) -> "Axis":
        """From the least to the greatest, by steps of 1, 2 or 5 of a magnitude."""
        low, high = min(values), max(values)
        spread = (high - low) or abs(high) or 1.0
        magnitude = 10.0 ** math.floor(math.log10(spread / TICKS))
        step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude * TICKS >= spread)
        step = max(step, 1.0) if is_whole else step
        first, last = math.floor(low / step), math.ceil(high / step)
        last += first == last
        whole = [number * step for number in range(first, last + 1)]

        def place(value: float) -> float:
            return (value - whole[0]) / (whole[-1] - whole[0])

        return cls(place, [(place(tick), f"{tick:.6g}") for tick in whole])

    @classmethod
    def of_magnitudes(cls, low: float, high: float) -> "Axis":
        """From low to high, evenly over magnitudes; powers of ten and the ends are ticks."""

        def place(value: float) -> float:
            return math.log(value / low) / math.log(high / low)

        powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
        inner = [tick for tick in (10.0**power for power in powers) if 0.1 < place(tick) < 0.9]
        inner = inner[:: 1 + len(inner) // TICKS]
        return cls(place, [(place(tick), f"{tick:.3g}") for tick in (low, *inner, high)])

    @classmethod
    def of_names(cls, names: Sequence[str]) -> "Axis":
        """One place a name, by its number."""

        def place(number: float) -> float:
            return (number + 0.5) / len(names)

        return cls(place, [(place(number), name) for number, name in enumerate(names)])


@attrs.frozen
class Dots:
    """Points of one colour, or with `is_step` the stairs through them; `name` is for the legend."""

    points: Points
    colour: str
    name: str = ""
    is_step: bool = False


def chart(groups: Sequence[Dots], x: Axis, y: Axis, label: str, width: int, height: int) -> str:
    """Groups of points over an axis with a label."""
    inner_width, inner_height = width - LEFT - RIGHT, height - TOP - BOTTOM

    def spot(point: tuple[Any, float]) -> tuple[float, float]:
        across, up = x.place(point[0]), y.place(point[1])
        return LEFT + across * inner_width, TOP + (1 - up) * inner_height

    def parts() -> Iterator[str]:
        for up, word in y.ticks:
            at = TOP + (1 - up) * inner_height
            yield f'<path d="M{LEFT} {at:.1f}H{width - RIGHT}" stroke="{LINE}"/>'
            yield _text(LEFT - 8, at + 4, word, "end")
        for across, word in x.ticks:
            yield _text(LEFT + across * inner_width, height - BOTTOM + 16, word, "middle")
        yield _text(LEFT + inner_width / 2, height - 6, label, "middle")
        for group in groups:
            yield from _drawn(group, [spot(point) for point in group.points])
        yield from _legend([group for group in groups if group.name])

    return _svg(parts(), width, height, label)


def bars(shares: Mapping[str, float], width: int) -> str:
    """A bar a name, the greatest first, of shares of one."""
    names, row = sorted(shares, key=lambda name: -shares[name]), 26
    left = 16 + 7 * max(map(len, names), default=0)

    def parts() -> Iterator[str]:
        for number, name in enumerate(names):
            at, length = number * row + 4, shares[name] * (width - left - 60)
            yield _text(left - 8, at + 13, name, "end")
            yield f'<rect x="{left}" y="{at}" width="{length:.1f}" height="18" fill="{BLUE}"/>'
            yield _text(left + length + 6, at + 13, f"{shares[name]:.0%}", "start")

    return _svg(parts(), width, row * len(names), "importance")


def _drawn(group: Dots, spots: Sequence[tuple[float, float]]) -> Iterator[str]:
    if not group.is_step:
        for across, down in spots:
            yield f'<circle cx="{across:.1f}" cy="{down:.1f}" r="3.5" fill="{group.colour}"/>'
    elif spots:
        path = "M" + "".join(f"H{across:.1f}V{down:.1f}" for across, down in spots)
        path = path.replace("MH", "M", 1).replace("V", " ", 1)
        yield f'<path d="{path}" fill="none" stroke="{group.colour}" stroke-width="1.8"/>'


def _legend(groups: Sequence[Dots]) -> Iterator[str]:
    for number, group in enumerate(groups):
        across = LEFT + 90 * number
        yield f'<rect x="{across}" y="4" width="9" height="9" fill="{group.colour}"/>'
        yield _text(across + 14, 13, group.name, "start")


def _text(across: float, down: float, text: str, anchor: str) -> str:
    words = html.escape(text)
    return f'<text x="{across:.1f}" y="{down:.1f}" text-anchor="{anchor}">{words}</text>'


def _svg(parts: Iterator[str], width: int, height: int, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{html.escape(label)}" font-size="11" fill="{GREY}">{"".join(parts)}</svg>'
    )
