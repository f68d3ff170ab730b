"""HTML: one file that needs nothing else, for the screen and the printer; rows are written as they come."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from pathlib import Path

from reports import charts
from reports.cells import is_right, printable, text_of
from reports.model import Document, Look, Section

_STYLE = """
body { font: 14px/1.4 Roboto, "Segoe UI", Arial, sans-serif; color: #1a1a1a; margin: 2em auto; max-width: 80em; padding: 0 1em }
h1 { margin: 0; font-size: 1.7em } h2 { font-size: 1.2em; margin: 1.6em 0 .5em } header img { float: right; max-height: 48px }
dl { display: grid; grid-template-columns: max-content auto; gap: .1em 1em } dt { color: #595959 } dd { margin: 0 }
.table { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th { background: COLOR; color: #fff; text-align: left; position: sticky; top: 0 }
th, td { padding: .3em .5em; border-bottom: 1px solid #c9ced6; vertical-align: top } .n { text-align: right; white-space: nowrap }
tr.s td { background: #f2f2f2; font-weight: bold } tr.t td { background: #dde6f0; font-weight: bold }
.closing { font-weight: bold } .parties { display: flex; gap: 3em; margin-top: 2em } .parties div { flex: 1 } .parties hr { margin-top: 3em }
@media print { body { margin: 0; max-width: none; font-size: 9px } thead { display: table-header-group } tr { break-inside: avoid } }
"""


def render_html(document: Document, path: Path) -> None:
    """Writes the page."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for piece in _pieces(document):
            file.write(piece)


def _pieces(document: Document) -> Iterator[str]:
    style = _STYLE.replace("COLOR", document.look.color)
    heading = _text(f"{document.title} {document.subtitle}")
    yield f'<!doctype html>\n<html lang="{document.language}">\n<head>\n<meta charset="utf-8">\n<title>{heading}</title>\n'
    yield f'<meta name="viewport" content="width=device-width">\n<style>{style}</style>\n</head>\n<body>\n<header>\n'
    yield _logo(document.look)
    yield f"<h1>{_text(document.title)}</h1>\n<p>{_text(document.subtitle)}</p>\n</header>\n<main>\n<dl>\n"
    for label, fact in document.facts:
        yield f"<dt>{_text(label)}</dt><dd>{_text(fact)}</dd>\n"
    yield "</dl>\n"
    for sentence in document.intro:
        yield f"<p>{_text(sentence)}</p>\n"
    for section in document.sections:
        yield from _table(document, section)
    for sentence in document.closing:
        yield f'<p class="closing">{_text(sentence)}</p>\n'
    if document.signatures:
        yield '<div class="parties">\n'
        for party in document.signatures:
            lines = [party.name, *party.details]
            yield f"<div><p>{_text(party.role)}</p><p>{'<br>'.join(map(_text, lines))}</p><hr><p>{_text(document.words['signature'])}</p></div>\n"
        yield "</div>\n"
    yield "</main>\n</body>\n</html>\n"


def _table(document: Document, section: Section) -> Iterator[str]:
    yield f'<section>\n<h2 id="{_text(section.name)}">{_text(section.title)}</h2>\n'
    if not section.count:
        yield f"<p>{_text(section.note)}</p>\n</section>\n"
        return
    drawn = charts.drawing(section, document.language, document.look.color, 760)
    if drawn:
        yield _svg(drawn)
    numbers = [' class="n"' if is_right(column) else "" for column in section.columns]
    heads = "".join(
        f'<th scope="col"{number}>{_text(column.title)}</th>'
        for column, number in zip(section.columns, numbers, strict=True)
    )
    yield f'<div class="table"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n'
    for row in section.rows():
        level = ("", ' class="s"', ' class="t"')[row.level]
        cells = "".join(
            f"<td{'' if isinstance(value, str) else number}>{_text(text_of(value, column, document.language, row.currency))}</td>"
            for value, column, number in zip(row.values, section.columns, numbers, strict=True)
        )
        yield f"<tr{level}>{cells}</tr>\n"
    yield "</tbody>\n</table></div>\n</section>\n"


def _text(text: str) -> str:
    return escape(printable(text))


def _logo(look: Look) -> str:
    if not look.logo:
        return ""
    kind = "png" if look.logo.suffix.lower() == ".png" else "jpeg"
    return f'<img alt="" src="data:image/{kind};base64,{base64.b64encode(look.logo.read_bytes()).decode()}">\n'


def _svg(drawn: charts.Drawing) -> str:
    shapes = [
        f'<rect x="{bar.x:.1f}" y="{bar.y:.1f}" width="{bar.width:.1f}" height="{bar.height:.1f}" fill="{bar.color}"/>'
        for bar in drawn.bars
    ] + [
        f'<text x="{label.x:.1f}" y="{label.y:.1f}" font-size="{label.size:.1f}" text-anchor="{label.anchor}" fill="{label.color}"'
        + (' font-weight="bold"' if label.is_bold else "")
        + f">{_text(label.text)}</text>"
        for label in drawn.labels
    ]
    return (
        f'<svg role="img" aria-label="{_text(drawn.title)}" viewBox="0 0 {drawn.width:.0f} {drawn.height:.0f}" '
        f'style="max-width:{drawn.width:.0f}px" font-family="Roboto, Arial, sans-serif">{"".join(shapes)}</svg>\n'
    )
