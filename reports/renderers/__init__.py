"""One renderer a format: each takes a `Document` and writes a file whose bytes depend on nothing else."""

from collections.abc import Callable
from pathlib import Path

from reports.model import Document
from reports.renderers.csv import render_csv
from reports.renderers.docx import render_docx
from reports.renderers.html import render_html
from reports.renderers.ods import render_ods
from reports.renderers.pdf import render_pdf
from reports.renderers.xlsx import render_xlsx

RENDERERS: dict[str, Callable[[Document, Path], None]] = {
    "xlsx": render_xlsx, "docx": render_docx, "pdf": render_pdf, "csv": render_csv, "html": render_html,
    "ods": render_ods,
}  # fmt: skip
"""Renderers by format."""
