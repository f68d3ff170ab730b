"""Data Docs without a network: Great Expectations' pages load their styles and scripts from elsewhere.

What points outside is taken out, a small stylesheet of ours takes its place, and the first page, which would be
drawn by those scripts, is written here as a plain table.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

_OUTSIDE = re.compile(r"<script[^>]+src=\"https?:[^>]*></script>|<link[^>]+href=\"https?:[^>]*>")
_LOGO = re.compile(r"https://great-expectations-web-assets[^\"']*")
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 80rem; padding: 1rem; color: #222; }
table { border-collapse: collapse; margin: .5rem 0; }
th, td { border-bottom: 1px solid #ddd; padding: .3rem .7rem; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.navbar-brand img { height: 40px; }
.badge { background: #eee; border-radius: .3rem; padding: 0 .35rem; }
.ge-breadcrumbs { display: flex; gap: .7rem; list-style: none; padding: 0; }
.ge-navigation-sidebar-content, .ge-navigation-sidebar-container ul { columns: 3; }
.fa-check-circle::before { content: "\\2713"; color: #17803d; font-style: normal; }
.fa-times::before, .fa-times-circle::before { content: "\\2717"; color: #b91c1c; font-style: normal; }
.fa-exclamation-triangle::before { content: "\\26a0"; color: #b45309; font-style: normal; }
.met { color: #17803d; } .failed { color: #b91c1c; font-weight: 600; }
.modal, #ge-cta-footer, footer { display: none; }
"""


@dataclass(frozen=True)
class Looked:
    """What a suite found on one load."""

    data_set: str
    period: str | None
    load_id: str
    rows: int
    expectations: int
    failed: int


def make_offline(folder: Path, looked: list[Looked]) -> None:
    """Rewrites the pages under `folder` so that they need nothing from outside it, and writes its index."""
    style = folder / "static" / "styles" / "prm.css"
    style.parent.mkdir(parents=True, exist_ok=True)
    style.write_text(_STYLE, encoding="utf-8")
    pages: dict[str, Path] = {}
    for page in sorted(folder.rglob("*.html")):
        up = os.path.relpath(folder, page.parent).replace(os.sep, "/")
        text = _OUTSIDE.sub("", page.read_text(encoding="utf-8"))
        text = _LOGO.sub(f"{up}/static/images/logo-long.png", text)
        text = text.replace("</head>", f'<link rel="stylesheet" href="{up}/static/styles/prm.css"/></head>', 1)
        page.write_text(text, encoding="utf-8")
        if "validations" in page.parts:
            pages[page.parts[-3].split(" ")[-1]] = page.relative_to(folder)
    (folder / "index.html").write_text(_index(pages, looked), encoding="utf-8")


def _index(pages: dict[str, Path], looked: list[Looked]) -> str:
    rows = "\n".join(
        f'<tr><td><a href="expectations/{one.data_set}.html">{escape(one.data_set)}</a></td>'
        f"<td>{one.period or ''}</td>"
        f'<td><a href="{quote(pages[one.load_id].as_posix())}">{one.load_id}</a></td>'
        f'<td class="number">{one.rows:,}</td><td class="number">{one.expectations}</td>'
        + (f'<td class="failed">{one.failed} not met</td></tr>' if one.failed else '<td class="met">all met</td></tr>')
        for one in looked
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Data Docs: what is live</title>'
        '<link rel="stylesheet" href="static/styles/prm.css"></head><body><h1>Data Docs: what is live</h1>'
        "<p>Each live load against its contract's expectations (Great Expectations, on at most 100,000 rows of each)."
        "</p>\n<table><tr><th>data set</th><th>period</th><th>load</th><th>rows</th><th>expectations</th><th></th>"
        f"</tr>\n{rows}\n</table></body></html>\n"
    )
