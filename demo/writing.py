"""Files as the branches' systems write them: dialect, header, compression, control totals, workbooks.

A file is written under a name that ends in `.part`, so that nobody loads half of it, and its control totals are
there before it is. The same rows give the same bytes: no times of day in archives, no order left to chance.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from demo.operator import Dialect
from prm.duck import quote

Row = dict[str, str]
Damage = Callable[[Path, Dialect], int]
"""Changes the finished text of a file (UTF-8, as the dialect separates it) in place; returns how many rows it added."""

_CHUNK = 1 << 22
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_DAY = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)

RUSSIAN = {
    "counterparties": {
        "counterparty_id": "Код контрагента", "name": "Наименование", "kind": "Вид контрагента", "parent_id": "Вышестоящий контрагент",
        "branch": "Филиал", "tax_number": "ИНН", "email": "Электронная почта", "attribute:segment": "Атрибут:segment",
    },
    "products": {"product_id": "Код продукта", "name": "Наименование", "product_group": "Группа продуктов"},
    "outlets": {
        "outlet_id": "Код точки", "counterparty_id": "Код контрагента", "name": "Наименование точки", "kind": "Вид точки",
        "region": "Регион", "opened_on": "Дата открытия", "closed_on": "Дата закрытия",
    },
    "kit_sales": {
        "sale_id": "Номер продажи", "iccid": "Номер SIM", "outlet_id": "Код точки", "product_id": "Код тарифа",
        "sold_on": "Дата продажи", "price": "Цена",
    },
    "subscribers": {
        "subscriber_id": "Абонент", "changed_on": "Дата изменения", "msisdn": "Номер телефона", "iccid": "Номер SIM",
        "product_id": "Тариф", "branch": "Филиал", "activated_on": "Дата активации", "deactivated_on": "Дата отключения",
        "status": "Статус",
    },
    "charges": {
        "charge_id": "Номер начисления", "subscriber_id": "Абонент", "product_id": "Услуга", "charged_on": "Дата начисления",
        "amount": "Сумма", "charge_kind": "Вид начисления",
    },
    "payments": {
        "payment_id": "Номер платежа", "subscriber_id": "Абонент", "outlet_id": "Торговая точка", "paid_on": "Дата платежа",
        "amount": "Сумма платежа", "channel": "Способ оплаты",
    },
    "antifraud_marks": {
        "mark_id": "Номер отметки", "subscriber_id": "Абонент", "valid_from": "Действует с", "valid_to": "Действует по",
        "reason": "Причина",
    },
    "penalties": {
        "penalty_id": "Номер штрафа", "counterparty_id": "Код контрагента", "outlet_id": "Код точки", "kind": "Вид взыскания",
        "dated_on": "Дата штрафа", "amount": "Сумма штрафа", "reason": "Основание", "clause": "Пункт договора",
    },
}  # fmt: skip
"""Headers of the branches whose systems speak Russian, by data set and column."""

_DATES = (
    "sold_on",
    "changed_on",
    "activated_on",
    "deactivated_on",
    "charged_on",
    "paid_on",
    "valid_from",
    "valid_to",
    "dated_on",
)
_SUMS = {"charges": "amount", "payments": "amount", "kit_sales": "price", "penalties": "amount"}


@dataclass(frozen=True)
class Fault:
    """What is wrong with one file on purpose.

    headings: moves or drops columns (their lake names). damage: changes the text. Control totals count the rows
    that it adds; rows that it loses are still in them.
    """

    headings: Callable[[list[str]], list[str]] = list
    damage: Damage | None = None


def write_facts(
    connection: duckdb.DuckDBPyConnection, query: str, target: Path, data_set: str, dialect: Dialect, fault: Fault
) -> list[Path]:
    """Writes the rows of a query as a file, with its control totals beside it; returns both paths."""
    columns = fault.headings([name for name, *_ in connection.execute(f"describe {query}").fetchall()])
    text = target.with_name(target.name + ".text.part")
    fields = ", ".join(f'{_written(name, dialect)} as "{_heading(data_set, name, dialect)}"' for name in columns)
    connection.execute(
        f"copy (select {fields} from ({query})) to {quote(text)} (format csv, header, delimiter {quote(dialect.delimiter)})"
    )
    total = _SUMS.get(data_set)
    total = total if total in columns else None
    control = _control(connection, text, data_set, total, dialect)
    if fault.damage and (added := fault.damage(text, dialect)):
        control = {"rows": control["rows"] + added}  # not every value of the added rows can be read and summed
    sidecar = target.with_name(target.name + ".control.json")
    sidecar.write_text(json.dumps(control) + "\n", encoding="utf-8")
    finish(text, target, dialect)
    return [target, sidecar]


def sample(connection: duckdb.DuckDBPyConnection, query: str, dialect: Dialect, count: int) -> list[Row]:
    """The first rows of a query, as the dialect writes them, by lake column."""
    columns = [name for name, *_ in connection.execute(f"describe {query}").fetchall()]
    fields = ", ".join(_written(name, dialect) for name in columns)
    rows = connection.execute(f"select {fields} from ({query}) limit {count}").fetchall()
    return [dict(zip(columns, ("" if value is None else str(value) for value in row), strict=True)) for row in rows]


def write_rows(rows: list[Row], target: Path, data_set: str, dialect: Dialect) -> Path:
    """Writes a few rows of text as a CSV file (reference data)."""
    text = target.with_name(target.name + ".text.part")
    with text.open("w", encoding="utf-8", newline="") as file:
        names = list(rows[0])
        writer = csv.DictWriter(file, names, delimiter=dialect.delimiter, lineterminator="\n")
        writer.writerow({name: _heading(data_set, name, dialect) for name in names})
        writer.writerows(rows)
    finish(text, target, dialect)
    return target


def write_workbook(rows: list[Row], target: Path, data_set: str) -> Path:
    """Writes a few rows as the first sheet of an Excel workbook: identifiers as text, dates as dates."""
    part = target.with_name(target.name + ".part")
    workbook = xlsxwriter.Workbook(part, {"strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties({"created": _NO_DAY})
    day = workbook.add_format({"num_format": "dd.mm.yyyy"})
    sheet = workbook.add_worksheet("Точки")
    for column, name in enumerate(rows[0]):
        sheet.write_string(0, column, RUSSIAN[data_set][name])
    for number, row in enumerate(rows, start=1):
        for column, (name, value) in enumerate(row.items()):
            if not value:
                continue
            parsed = _day(value) if name.endswith("_on") else None
            if parsed:
                sheet.write_datetime(number, column, parsed, day)
            else:
                sheet.write_string(number, column, value)
    workbook.close()
    os.replace(part, target)
    return target


def finish(text: Path, target: Path, dialect: Dialect) -> None:
    """Gives UTF-8 text the dialect's encoding and compression, and its final name."""
    mark = _BYTE_ORDER_MARK if dialect.byte_order_mark else b""
    is_compressed = target.name.endswith(".gz")
    if dialect.encoding == "utf-8" and not mark and not is_compressed:
        os.replace(text, target)
        return
    part = target.with_name(target.name + ".part")
    with part.open("wb") as raw:
        if is_compressed:
            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                _copy(text, packed.write, mark, dialect.encoding)
        else:
            _copy(text, raw.write, mark, dialect.encoding)
    text.unlink()
    os.replace(part, target)


def first_row(text: Path, dialect: Dialect) -> tuple[list[str], list[str]]:
    """The header and the first row of a text."""
    with text.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=dialect.delimiter)
        return next(reader), next(reader, [])


def append(text: Path, dialect: Dialect, rows: list[list[str]]) -> int:
    """Adds rows to a text; returns how many."""
    with text.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=dialect.delimiter, lineterminator="\n").writerows(rows)
    return len(rows)


def cut(text: Path, share_kept: int) -> int:
    """Leaves the first `share_kept` percent of a text, to the end of a line: its content does not show the loss."""
    with text.open("rb+") as file:
        size = file.seek(0, 2)
        file.seek(size * share_kept // 100)
        file.readline()
        file.truncate()
    return 0


def _copy(text: Path, write: Callable[[bytes], int], mark: bytes, encoding: str) -> None:
    write(mark)
    with text.open(encoding="utf-8", newline="") as file:
        while chunk := file.read(_CHUNK):
            write(chunk.encode(encoding))


def _heading(data_set: str, name: str, dialect: Dialect) -> str:
    return RUSSIAN[data_set][name] if dialect.russian else name


def _written(name: str, dialect: Dialect) -> str:
    """SQL of a column as the dialect writes it."""
    if name in _DATES:
        return f"strftime({name}, {quote(dialect.date)})"
    if name in _SUMS.values():
        return f"replace({name}::varchar, '.', {quote(dialect.decimal)})"
    return name


def _control(
    connection: duckdb.DuckDBPyConnection, text: Path, data_set: str, total: str | None, dialect: Dialect
) -> dict[str, Any]:
    """Rows and sum of a text as its sender would count them."""
    header = next(csv.reader([text.open(encoding="utf-8").readline()], delimiter=dialect.delimiter))
    columns = ", ".join(f"'c{at}': 'varchar'" for at in range(len(header)))
    amount = "0"
    if total:
        place = header.index(_heading(data_set, total, dialect))
        amount = f"sum(replace(c{place}, {quote(dialect.decimal)}, '.')::decimal(18, 4))::varchar"
    rows, found = connection.execute(f"""
        select count(*), {amount} from read_csv({quote(text)}, columns = {{{columns}}}, header = true, auto_detect = false,
            delim = {quote(dialect.delimiter)}, quote = '"', escape = '"', null_padding = true, strict_mode = false)
    """).fetchall()[0]
    return {"rows": rows, "sums": {total: found or "0"}} if total else {"rows": rows}


def _day(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
