"""A load, as the oracle understands it: what one file of the inbox says, row by row, and which rows are refused.

Files are read again here, slowly and by other means than the product's (the csv module, openpyxl, Decimal). The
contracts' YAML is shared as a specification; no code is.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
from ruamel.yaml import YAML

CONTRACTS = Path(__file__).parents[2] / "loaders" / "contracts"
NAME = re.compile(
    r"(?P<data_set>[a-z_]+?)(_(?P<period>\d{4}-\d\d)(_(?P<branch>(?!\d+\.)[a-z0-9-]+))?)?(_(?P<revision>[a-z0-9]+))?"
    r"\.(?P<extension>csv|csv\.gz|xlsx)"
)
ORDER = [
    "counterparties", "products", "outlets", "contracts",
    "kit_sales", "subscribers", "charges", "payments", "operations", "antifraud_marks", "plans", "exchange_rates",
]  # fmt: skip


class Refused(Exception):
    """A file that is refused whole."""


@dataclass
class Load:
    """An accepted file: its rows by their number, and the numbers of the rows refused."""

    data_set: str
    slot: str
    period: str | None
    file_name: str
    load_id: str
    rows: list[dict[str, Any]]
    refused: set[int] = field(default_factory=set)


def live_loads(inbox: Path) -> dict[str, list[Load]]:
    """The loads that are live once everything in the inbox has been offered, by data set."""
    live: dict[str, Load] = {}
    contents: set[str] = set()
    known: dict[str, set[str]] = {}
    named = []
    for path in inbox.iterdir():
        found = NAME.fullmatch(path.name)
        if found and found["data_set"] in ORDER:
            key = (
                ORDER.index(found["data_set"]),
                found["period"] or "",
                found["branch"] or "",
                found["revision"] or "",
            )
            named.append((key, path, found))
    for _, path, found in sorted(named, key=lambda one: one[0]):
        data_set = found["data_set"]
        contract = _contract(data_set)
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        load_id = hashlib.sha256(content).hexdigest()[:16]
        if load_id in contents:
            continue
        contents.add(load_id)
        try:
            load = _read(path, content, contract, found, load_id, known)
        except Refused:
            continue
        live[load.slot] = load
        if contract["mode"] == "replace":
            known[data_set] = {row[contract["key"][0]] for row in load.rows}
    by_data_set: dict[str, list[Load]] = {data_set: [] for data_set in ORDER}
    for load in live.values():
        by_data_set[load.data_set].append(load)
    return by_data_set


@cache
def _contract(data_set: str) -> dict:
    return YAML(typ="safe").load(CONTRACTS / f"{data_set}.yaml")


def _read(path: Path, content: bytes, contract: dict, found: re.Match, load_id: str, known: dict) -> Load:
    decimal_sign = "."
    if path.suffix == ".xlsx":
        lines = _workbook(path)
    else:
        try:
            text, is_utf8 = content.decode("utf-8-sig"), True
        except UnicodeDecodeError:
            text, is_utf8 = content.decode("cp1251"), False
        head = text.split("\n", 1)[0]
        delimiter = max([",", ";", "\t"], key=head.count)
        formats = [
            f for f in contract["formats"] if f["delimiter"] == delimiter and (f["encoding"] == "utf-8") == is_utf8
        ]
        decimal_sign = formats[0]["decimal"]
        lines = _lines(text, delimiter)
    header, *body = lines
    assert header is not None
    positions = _positions(header, contract)
    _control(path, body)
    load = Load(
        contract["data_set"], "/".join(p for p in (found["data_set"], found["period"], found["branch"]) if p),
        found["period"], path.name, load_id, [],
    )  # fmt: skip
    keys: set[tuple] = set()
    own = known.get(contract["data_set"], set())
    parsed = []

    @cache  # the same days, kinds and names stand in thousands of rows
    def cell(name: str, raw: str) -> Any:
        of = contract["columns"][name]
        value = _value(raw, of["type"], decimal_sign)
        return None if value is None or _breaks(raw, value, of) else value

    for number, fields in enumerate(body, 1):
        row = _row(fields, len(header), positions, contract, cell, found["period"])
        if row is None:
            load.refused.add(number)
        else:
            parsed.append((number, row))
    references = {name: of["refers_to"] for name, of in contract["columns"].items() if of.get("refers_to")}
    within = {row[contract["key"][0]] for _, row in parsed}
    for number, row in parsed:
        targets = {n: within if to == contract["data_set"] else known.get(to, own) for n, to in references.items()}
        if any(row[name] is not None and row[name] not in targets[name] for name in references):
            load.refused.add(number)
            continue
        key = tuple(row[name] for name in contract["key"])
        if key in keys:
            load.refused.add(number)
            continue
        keys.add(key)
        load.rows.append(row | {"load_id": load_id, "row_number": number})
    return load


def _lines(text: str, delimiter: str) -> list[list[str] | None]:
    """The rows of a CSV file, one a line; None for a line that is not CSV."""
    rows: list[list[str] | None] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if not line:
            continue
        try:
            rows.append(
                next(csv.reader([line], delimiter=delimiter, strict=True)) if line.count('"') % 2 == 0 else None
            )
        except csv.Error:
            rows.append(None)
    return rows


def _workbook(path: Path) -> list[list[str] | None]:
    sheet = openpyxl.load_workbook(path).worksheets[0]

    def text(value: object) -> str:
        if value is None:
            return ""
        return value.date().isoformat() if isinstance(value, datetime) else str(value)

    return [[text(value) for value in row] for row in sheet.iter_rows(values_only=True)]


def _folded(name: str) -> str:
    return " ".join(name.strip().lower().replace("ё", "е").split())


def _positions(header: list[str], contract: dict) -> dict[str, int]:
    positions = {}
    for name, of in contract["columns"].items():
        accepted = {_folded(alias) for alias in (name, *of.get("aliases", ()))}
        at = [index for index, given in enumerate(header) if _folded(given) in accepted]
        if at:
            positions[name] = at[0]
        elif not of.get("may_be_absent"):
            raise Refused(f"no column {name}")
    extra = contract.get("extra_columns")
    if extra:
        prefixes = [extra["prefix"], *extra.get("aliases", ())]
        for index, given in enumerate(header):
            for prefix in prefixes:
                if given.strip().lower().startswith(prefix):
                    positions[extra["prefix"] + given.strip()[len(prefix) :].strip()] = index
    return positions


def _control(path: Path, body: list) -> None:
    sidecar = path.with_name(f"{path.name}.control.json")
    if sidecar.exists() and json.loads(sidecar.read_text())["rows"] != len(body):
        raise Refused("control totals differ")


def _row(
    fields: list[str] | None, width: int, positions: dict[str, int], contract: dict, cell: Callable[[str, str], Any],
    period: str | None,
) -> dict[str, Any] | None:  # fmt: skip
    """The typed row, or None where it is refused."""
    if fields is None or len(fields) != width:
        return None
    row: dict[str, Any] = {}
    for name, of in contract["columns"].items():
        raw = fields[positions[name]].strip() if name in positions else ""
        if not raw:
            if of.get("required"):
                return None
            row[name] = None
            continue
        value = cell(name, raw)
        if value is None:
            return None
        row[name] = value
    for name, at in positions.items():
        if name not in contract["columns"]:
            row[name] = fields[at].strip() or None
    if any(_rule_fails(rule, row) for rule in contract.get("rules", ())):
        return None
    if period and row[contract["period_column"]].strftime("%Y-%m") != period:
        return None
    return row


def _value(raw: str, kind: str, decimal_sign: str) -> Any:
    if kind == "text":
        return raw
    if kind == "date":
        for written in ("%Y-%m-%d", "%d.%m.%Y"):
            try:
                return datetime.strptime(raw, written).date()
            except ValueError:
                continue
        return None
    if kind == "int":
        return int(raw) if re.fullmatch(r"-?\d{1,18}", raw) else None
    plain = raw.replace(",", ".") if decimal_sign == "," else raw
    if not re.fullmatch(r"-?\d+(\.\d+)?", plain) or (decimal_sign == "," and "." in raw):
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    most = 8 if kind == "rate" else 4
    return value if -value.normalize().as_tuple().exponent <= most and abs(value) < 10**14 else None  # type: ignore[operator]


def _breaks(raw: str, value: Any, of: dict) -> bool:
    if of.get("max_length") and len(raw) > of["max_length"]:
        return True
    if of.get("allowed") and raw not in of["allowed"]:
        return True
    if of.get("pattern") and not re.fullmatch(of["pattern"], raw):
        return True
    for bound, is_broken in (("from", lambda v, b: v < b), ("to", lambda v, b: v > b)):
        if of.get(bound) is not None:
            limit = date.fromisoformat(str(of[bound])) if of["type"] == "date" else Decimal(str(of[bound]))
            if is_broken(value, limit):
                return True
    return False


def _rule_fails(rule: dict, row: dict[str, Any]) -> bool:
    if "when" in rule and not _holds(rule["when"], row):
        return False
    if "need" in rule:
        return row[rule["need"]] is None
    return _holds(rule["compare"], row) is False


def _holds(comparison: str, row: dict[str, Any]) -> bool | None:
    left, operator, right = comparison.split(" ", 2)
    a = row[left]
    b = row[right] if right in row else right.strip("'")
    if a is None or b is None:
        return None
    return {"=": a == b, "<>": a != b, ">=": a >= b, "<=": a <= b, ">": a > b, "<": a < b}[operator]
