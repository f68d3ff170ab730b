"""Charts as plain shapes: worked out once, drawn by each renderer in its own way (lines in PDF and HTML, a picture in Word).

Excel has charts of its own and needs none of this. Lengths are geometry, not money: the texts beside bars are the exact
amounts.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from prm.words import Language
from reports import fonts
from reports.cells import text_of
from reports.model import Section

_SIZE, _LEAST_SIZE = 7.5, 4.5
_GREY, _INK, _FALLING = "#595959", "#1A1A1A", "#B3392F"


@dataclass(frozen=True)
class Bar:
    """A rectangle: its left upper corner and its size, in points from the left upper corner of the drawing."""

    x: float
    y: float
    width: float
    height: float
    color: str


@dataclass(frozen=True)
class Label:
    """A text by its baseline; anchor: which end of it stands at x."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"]
    color: str = _INK
    is_bold: bool = False
    size: float = _SIZE


@dataclass(frozen=True)
class Drawing:
    """A chart's shapes, in a rectangle of points."""

    width: float
    height: float
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    title: str


def drawing(section: Section, language: Language, color: str, width: float) -> Drawing | None:
    """The chart of a table, so wide; nothing where it has none or nothing to show."""
    chart = section.chart
    rows = [row for row in section.charted() if chart and isinstance(row.values[chart.value], Decimal | int)]
    if not chart or not rows:
        return None
    fonts.register()
    column = section.columns[chart.value]
    values = [Decimal(row.values[chart.value]) for row in rows]  # type: ignore[arg-type]
    told = [text_of(row.values[chart.value], column, language, row.currency) for row in rows]
    names = [text_of(row.values[chart.label], section.columns[chart.label], language, "") for row in rows]
    title = Label(0, 10, chart.title, "start", is_bold=True, size=8.5)
    draw = _lying if chart.kind == "bar" else _standing
    bars, labels, height = draw(names, values, told, color, width)
    return Drawing(width, height, tuple(bars), (title, *labels), chart.title)


def _scale(values: list[Decimal]) -> tuple[float, float]:
    """The part of the axis below zero and the length of a unit, on an axis of length one."""
    low, high = min([*values, Decimal(0)]), max([*values, Decimal(0)])
    whole = high - low or Decimal(1)
    return float(-low / whole), float(1 / whole)


def _lying(
    names: list[str], values: list[Decimal], told: list[str], color: str, width: float
) -> tuple[list[Bar], list[Label], float]:
    below, unit = _scale(values)
    of_names, of_values = width * 0.34, max(fonts.text_width(text, fonts.REGULAR, _SIZE) for text in told) + 8
    room = width - of_names - of_values * (2 if below else 1)
    start = of_names + (of_values if below else 0)
    zero = start + room * below
    bars, labels = [], []
    step = 15 if len(names) <= 25 else 11  # many bars are still on one page
    for index, (name, value, text) in enumerate(zip(names, values, told, strict=True)):
        y = 20 + index * step
        length = abs(float(value)) * unit * room
        x = zero if value >= 0 else zero - length
        bars.append(Bar(x, y, max(length, 0.5), min(10, step - 2), color if value >= 0 else _FALLING))
        labels.append(Label(0, y + 8, fonts.wrapped(name, fonts.REGULAR, _SIZE, of_names - 8, 1)[0], "start", _GREY))
        labels.append(Label(x + length + 4, y + 8, text, "start") if value >= 0 else Label(x - 4, y + 8, text, "end"))
    return bars, labels, 20 + len(names) * step + 6


def _standing(
    names: list[str], values: list[Decimal], told: list[str], color: str, width: float
) -> tuple[list[Bar], list[Label], float]:
    below, unit = _scale(values)
    room, top = 90.0, 32.0
    step = min(width / len(names), 90)
    zero = top + room * (1 - below)
    widest = max(fonts.text_width(text, fonts.REGULAR, _SIZE) for text in told)
    size = min(_SIZE, _SIZE * (step - 2) / widest)
    word = max(fonts.text_width(word, fonts.REGULAR, _SIZE) for name in names for word in name.split() or [""])
    every = math.ceil(min(word, 60) / (step - 2))  # of more names than there is room for, some stand for all
    bars, labels = [], []
    for index, (name, value, text) in enumerate(zip(names, values, told, strict=True)):
        middle = index * step + step / 2
        length = abs(float(value)) * unit * room
        y = zero - length if value >= 0 else zero
        bars.append(Bar(middle - step * 0.3, y, step * 0.6, max(length, 0.5), color if value >= 0 else _FALLING))
        if size >= _LEAST_SIZE:  # otherwise the table alone says them
            labels.append(Label(middle, y - 3, text, "middle", size=size))
        if index % every:
            continue
        for line, part in enumerate(fonts.wrapped(name, fonts.REGULAR, _SIZE, every * step - 2, 2)):
            half = fonts.text_width(part, fonts.REGULAR, _SIZE) / 2
            x = min(max(middle, half), width - half)  # the first and the last are not cut
            labels.append(Label(x, top + room + 11 + line * 9, part, "middle", _GREY))
    return bars, labels, top + room + 26


def as_png(drawn: Drawing, scale: int = 3) -> bytes:
    """The drawing as a picture, `scale` dots a point."""
    image = Image.new("RGB", (int(drawn.width * scale), int(drawn.height * scale)), "white")
    pen = ImageDraw.Draw(image)
    for bar in drawn.bars:
        corners = (bar.x * scale, bar.y * scale, (bar.x + bar.width) * scale, (bar.y + bar.height) * scale)
        pen.rectangle(corners, fill=bar.color)
    anchors = {"start": "ls", "middle": "ms", "end": "rs"}
    for label in drawn.labels:
        file = fonts.FILES[fonts.BOLD if label.is_bold else fonts.REGULAR]
        font = ImageFont.truetype(str(file), label.size * scale)
        pen.text((label.x * scale, label.y * scale), label.text, label.color, font, anchors[label.anchor])
    written = io.BytesIO()
    image.quantize(64).save(written, "PNG", optimize=True)
    return written.getvalue()
