"""Word and Excel templates of users: filled with plain values in a process of its own, bounded in time and memory."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx

from prm.errors import PrmError, RefusedError
from prm.period import Period
from prm.words import format_period
from reports.cells import printable, text_of
from reports.embedded import take_description_out
from reports.forms import Form
from reports.model import Column, Document, Party, Row, Section, Value, with_totals

SECONDS, MEGABYTES, MOST_ROWS = 20, 1024, 20_000
_WORKER = Path(__file__).with_name("template_worker.py")
_ZIP_EPOCH = (2000, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def render_template(document: Document, form: Form, path: Path, period: Period, given: Mapping[str, str]) -> None:
    """Fills a form's template and writes it, the same bytes for the same values.

    Raises PrmError that names the place in the template, RefusedError where a template would hold more than 20,000 rows.
    """
    kind = form.formats[0]
    assert form.template is not None
    values = _printable(_values(document, form, period, given, typed=kind == "xlsx"))
    with tempfile.TemporaryDirectory(prefix="prm-template-") as name:
        folder = Path(name)
        (folder / f"template.{kind}").write_bytes(
            _without_description(form.template) if kind == "docx" else form.template
        )
        (folder / "values.json").write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, "-I", str(_WORKER), str(folder), kind, str(SECONDS), str(MEGABYTES)]
        try:
            done = subprocess.run(
                command, cwd=folder, env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}, stdin=subprocess.DEVNULL,
                capture_output=True, timeout=SECONDS * 2,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise PrmError(_TOO_LONG.format(name=form.name)) from None
        if done.returncode:
            raise _error(form, done)
        _same_bytes(folder / "made", path)


def try_template(form: Form) -> PrmError | None:
    """What is wrong with a form's template, as far as a made-up row of each of its tables shows; None: nothing."""
    words = {key: of["en"] for key, of in form.words.items()}
    parameters = {name: _OF_KIND[of["kind"]] for name, of in form.layout["parameters"].items() if of["default"] is None}
    sections = [_made_up(layout, words) for layout in form.layout["sections"]]
    document = Document(
        title=words["title"], subtitle="", facts=(("", "operator"), ("", "counterparty")), sections=tuple(sections),
        language="en", words=words, closing=("closing",) if form.layout["closing"] else (),
        signatures=tuple(Party(role, role, ("detail",) * 12) for role in form.layout["signatures"]),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="prm-template-") as folder:
        try:
            render_template(document, form, Path(folder) / "tried", Period(2026, 1), parameters)
        except PrmError as error:
            return error
    return None


_OF_KIND = {"text": "text", "number": "1", "money": "1.00", "period": "2026-01"}
_VALUES: dict[str, Value] = {
    "money": Decimal("1.00"),
    "quantity": Decimal(1),
    "share": Decimal("0.5"),
    "number": 1,
    "day": date(2026, 1, 1),
}


def _made_up(layout: dict[str, Any], words: dict[str, str]) -> Section:
    """A table of one row."""
    columns = tuple(
        Column(of["name"], "", of["kind"] if of["kind"] in _VALUES else "text", of["width"], of["total"])
        for of in layout["columns"]
    )
    row = Row(tuple(_VALUES.get(column.kind, "text") for column in columns), currency="RUB")
    title = words[layout["name"]]
    return Section(layout["name"], title, columns, 1, lambda: with_totals(iter([row]), columns, words), "")


_TOO_LONG = f"The template of form '{{name}}' takes longer than {SECONDS} seconds."


def _error(form: Form, done: subprocess.CompletedProcess[bytes]) -> PrmError:
    if done.returncode < 0:
        return PrmError(_TOO_LONG.format(name=form.name), hint="Does it repeat something without an end?")
    try:
        said = json.loads(done.stdout.decode().splitlines()[-1])
    except (ValueError, IndexError):
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["it ended"])[-1]
        return PrmError(f"The template of form '{form.name}' could not be filled: {last}")
    place = f" {said['place']}" if said["place"] else ""
    return PrmError(
        f"Template of form '{form.name}'{place}: {said['message']}", hint="docs/forms.md lists the values there are."
    )


def _values(document: Document, form: Form, period: Period, given: Mapping[str, str], *, typed: bool) -> dict[str, Any]:
    """What a template may name: texts, and in Excel numbers and days as they are."""
    parties = {name: {"name": party.name, "details": list(party.details)} for name, party in zip(form.layout["signatures"], document.signatures, strict=True)}  # fmt: skip
    values: dict[str, Any] = {
        "title": document.title,
        "subtitle": document.subtitle,
        "period": format_period(period, document.language),
        "facts": [list(fact) for fact in document.facts],
        "closing": list(document.closing),
        "parties": parties,
        "operator": document.facts[0][1],
        "counterparty": document.facts[1][1] if form.audience == "counterparty" else "",
        "parameters": {name: str(value) for name, value in form.parameters(period, given).items()},
    }
    rows = 0
    for section in document.sections:
        rows += section.count
        if rows > MOST_ROWS:
            raise RefusedError(
                f"The template of form '{form.name}' would hold {rows:,} rows, and a template holds {MOST_ROWS:,}.",
                hint="Filter or group them, or make the form a YAML file: its documents have any length.",
            )
        values[section.name] = _table(section, document, typed)
    return values


def _printable(value: Any) -> Any:
    """The same values without characters that neither a Word nor an Excel file can hold."""
    if isinstance(value, dict):
        return {name: _printable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_printable(each) for each in value]
    return printable(value) if isinstance(value, str) else value


def _table(section: Section, document: Document, typed: bool) -> dict[str, Any]:
    rows, totals = [], []
    for row in section.rows() if section.count else ():
        cells = _cells(row, section, document, typed)
        if row.level == 0:
            rows.append(cells)
        elif row.level == 2:
            totals.append(cells)
    empty = {column.name: "" for column in section.columns}
    return {
        "title": section.title,
        "count": section.count,
        "rows": rows,
        "totals": totals,
        "total": (totals or [empty])[0],
    }


def _cells(row: Row, section: Section, document: Document, typed: bool) -> dict[str, Any]:
    cells: dict[str, Any] = {"currency": row.currency}
    for value, column in zip(row.values, section.columns, strict=True):
        shown: Any = value
        if not typed:
            shown = text_of(value, column, document.language, row.currency)
        elif isinstance(value, Decimal):
            shown = {"$decimal": str(value)}
        elif isinstance(value, date):
            shown = {"$day": value.isoformat()}
        cells[column.name] = "" if shown is None else shown
    return cells


def _without_description(template: bytes) -> bytes:
    word = docx.Document(io.BytesIO(template))
    take_description_out(word)
    written = io.BytesIO()
    word.save(written)
    return written.getvalue()


def _same_bytes(made: Path, path: Path) -> None:
    """Copies an archive without the moments at which it was made."""
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            member = zipfile.ZipInfo(name, _ZIP_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z\g<3>", content)
            target.writestr(member, content)
