"""A panel of lines over epochs as inline SVG, which needs no library, no file and no script.

Words and axes take the colour of the text around it, and so can be read on light and on dark pages.
"""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, isfinite, log10

import attrs

__all__ = ["Line", "panel_svg"]

Point = tuple[float, float]
WIDTH, HEIGHT, LETTER = 460, 230, 7.0
LEFT, RIGHT, TOP, BOTTOM = 62, WIDTH - 14, 44, HEIGHT - 44
LEGEND = 18  # what a row of it takes
MOST_DOTS = 40


def _drawable(points: Sequence[Point]) -> Sequence[Point]:
    return [(x, y) for x, y in points if isfinite(x) and isfinite(y)]


@attrs.frozen
class Line:
    """Values by epoch; those that are not finite are not drawn."""

    name: str
    colour: str
    points: Sequence[Point] = attrs.field(converter=_drawable)


@attrs.frozen
class _Scale:
    """From values to places between two ends; all in the middle where there is one value."""

    least: float
    most: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        if self.least == self.most:
            return (self.first + self.last) / 2
        share = (value - self.least) / (self.most - self.least)
        return self.first + share * (self.last - self.first)


def panel_svg(title: str, label: str, lines: Sequence[Line], best: float | None = None) -> str:
    """Lines over their epochs with axes and, if there are several, a legend; none of no points.

    `label` is that of the upright axis, `best` an epoch to mark. The title tells who does not see.
    """
    lines = [line for line in lines if line.points]
    if not lines:
        return ""
    epochs = [x for line in lines for x, _ in line.points]
    values = [y for line in lines for _, y in line.points]
    across = _Scale(min(epochs), max(epochs), LEFT + 10, RIGHT - 10)
    ticks = _ticks(min(values), max(values))
    up = _Scale(min(ticks[0], *values), max(ticks[-1], *values), BOTTOM, TOP)
    legend, height = _legend(lines)
    parts = [
        f"<title>{escape(_words(title, lines, best))}</title>",
        f'<text x="{LEFT}" y="16" font-size="13" font-weight="600">{escape(title)}</text>',
        *_upright_axis(label, ticks, up),
        *_epoch_axis(epochs, across),
        *(_mark(across(best)) if best is not None and across.least <= best <= across.most else ()),
        *(part for line in lines for part in _line(line, across, up)),
        *(legend if len(lines) > 1 else ()),
    ]
    tall = height if len(lines) > 1 else HEIGHT
    return (
        f'<svg viewBox="0 0 {WIDTH} {tall}" width="{WIDTH}" height="{tall}" role="img" '
        'style="max-width:100%;height:auto" font-size="11" font-family="system-ui,sans-serif" '
        f'fill="currentColor">{"".join(parts)}</svg>'
    )


def _words(title: str, lines: Sequence[Line], best: float | None) -> str:
    """What the panel shows, to be read aloud."""
    said = []
    for line in lines:
        (x, y), (end, value) = line.points[0], line.points[-1]
        more = f", {value:.4g} at epoch {end:g}" if end != x else ""
        said.append(f"{line.name} {y:.4g} at epoch {x:g}{more}")
    said += [] if best is None else [f"best weights at epoch {best:g}"]
    return f"{title} by epoch: {'; '.join(said)}"


def _ticks(least: float, most: float, whole: bool = False) -> list[float]:
    """Round numbers, at most six, from below the least value to above the most."""
    if least == most:
        return [least]
    step = _round_step((most - least) / 5)
    if whole:
        step = max(1.0, step)
    first, last = floor(least / step + 1e-9), ceil(most / step - 1e-9)
    return [float(f"{number * step:.10g}") for number in range(first, last + 1)]


def _round_step(step: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(step))
    return power * next(each for each in (1, 2, 5, 10) if each * power >= step * (1 - 1e-9))


def _upright_axis(label: str, ticks: Sequence[float], up: _Scale) -> Iterator[str]:
    middle = (TOP + BOTTOM) / 2
    yield (
        f'<text transform="translate(12 {middle:.0f}) rotate(-90)" text-anchor="middle" '
        f'opacity=".75">{escape(label)}</text>'
    )
    for tick in ticks:
        y = up(tick)
        yield (
            f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" '
            f'stroke-opacity=".15"/><text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" '
            f'opacity=".75">{tick:.6g}</text>'
        )


def _epoch_axis(epochs: Sequence[float], across: _Scale) -> Iterator[str]:
    for tick in _ticks(min(epochs), max(epochs), whole=True):
        if across.least <= tick <= across.most:
            yield (
                f'<text x="{across(tick):.1f}" y="{BOTTOM + 16}" text-anchor="middle" '
                f'opacity=".75">{tick:g}</text>'
            )
    yield (
        f'<text x="{(LEFT + RIGHT) / 2:.0f}" y="{BOTTOM + 34}" text-anchor="middle" '
        'opacity=".75">epoch</text>'
    )


def _mark(x: float) -> Iterator[str]:
    yield (
        f'<line class="best" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{BOTTOM}" '
        'stroke="currentColor" stroke-opacity=".6" stroke-dasharray="2 3"/>'
    )
    side, anchor = (3, "start") if x < WIDTH / 2 else (-3, "end")
    yield (
        f'<text x="{x + side:.1f}" y="{TOP - 8}" text-anchor="{anchor}" opacity=".75">'
        "best weights</text>"
    )


def _line(line: Line, across: _Scale, up: _Scale) -> Iterator[str]:
    places = [(across(x), up(y)) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{path}" fill="none" stroke="{line.colour}" stroke-width="1.8"/>'
    if len(places) > MOST_DOTS:
        return
    yield f'<g fill="{line.colour}">'
    for (x, y), (epoch, value) in zip(places, line.points, strict=True):
        words = escape(f"{line.name} {value:.4g}, epoch {epoch:g}")
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4"><title>{words}</title></circle>'
    yield "</g>"


def _legend(lines: Sequence[Line]) -> tuple[list[str], int]:
    """Names beside their colours, in rows below the panel; and the height with them."""
    parts: list[str] = []
    x, y = float(LEFT), HEIGHT + 8
    for line in lines:
        wide = 24 + LETTER * len(line.name)
        if x > LEFT and x + wide > RIGHT:
            x, y = float(LEFT), y + LEGEND
        parts.append(
            f'<rect x="{x:.1f}" y="{y - 9}" width="10" height="10" rx="2" fill="{line.colour}"/>'
            f'<text x="{x + 14:.1f}" y="{y}">{escape(line.name)}</text>'
        )
        x += wide
    return parts, y + 10
