"""Contracts: what a file of a data set must look like, read from `contracts/<data set>.yaml`.

A contract is data. It is checked against `contract.schema.json` and for what a schema cannot say (the key's
columns exist, no alias means two columns), and everything else here is made from it: the comparison of the
header, the SQL that converts and refuses, the Great Expectations suite, the page in the documentation.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from prm.errors import NotFoundError, Place, PrmError
from prm.period import Period
from prm.words import Words

CONTRACTS = Path(__file__).parent / "contracts"
GIVEN = CONTRACTS / "given"
"""Contracts of files that a person gives to a command: they are never looked for in the inbox, and have no slot."""

SCHEMA = Path(__file__).parent / "contract.schema.json"
EXTENSIONS = (".csv", ".csv.gz", ".xlsx")
_CONDITION = re.compile(r"(\w+) (=|<>|<|<=|>|>=) (.+)")


@dataclass(frozen=True)
class Format:
    """One way to write a CSV file of the data set."""

    encoding: Literal["utf-8", "cp1251"]
    delimiter: str
    decimal: Literal[".", ","] = "."


@dataclass(frozen=True)
class Column:
    """A column, by its name in the lake, with the names a file may give it and what its values may be."""

    name: str
    type: Literal["text", "date", "money", "share", "rate", "int"]
    aliases: tuple[str, ...]
    required: bool = False
    may_be_absent: bool = False
    formats: tuple[str, ...] = ("YYYY-MM-DD", "DD.MM.YYYY")
    allowed: tuple[str, ...] = ()
    least: str | None = None
    most: str | None = None
    pattern: str | None = None
    max_length: int | None = None
    refers_to: str | None = None


@dataclass(frozen=True)
class Condition:
    """`left operator right`, where right is a column or a literal. Not decided where either side is empty."""

    left: str
    operator: str
    right: str

    @classmethod
    def parse(cls, text: str) -> Condition:
        found = _CONDITION.fullmatch(text)
        assert found, f"the schema lets only conditions through, not {text!r}"
        return cls(found[1], found[2], found[3])

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True)
class Rule:
    """What must hold between the columns of a row, wherever `when`: `compare` holds, `need` has a value, or the check
    that is named `check` lets the columns `of` through (not decided where one of them is empty)."""

    code: str
    text: Words
    compare: Condition | None = None
    need: str | None = None
    when: Condition | None = None
    check: str | None = None
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileName:
    """What a file's name says: which slot it fills, and which revision of it it is."""

    slot: str
    period: Period | None
    branch: str | None
    revision: str
    extension: str


@dataclass(frozen=True)
class Contract:
    """A data set's contract."""

    data_set: str
    title: Words
    mode: Literal["append", "replace", "given"]
    order: int
    file_name: str
    formats: tuple[Format, ...]
    key: tuple[str, ...]
    columns: dict[str, Column]
    refuse_above_share: str
    refuse_above_rows: int
    rules: tuple[Rule, ...] = ()
    period_column: str | None = None
    rows_of_other_periods: Literal["refuse", "accept"] = "refuse"
    expected: Literal["branch"] | None = None
    may_be_empty: bool = False
    control_totals: Literal["required", "optional"] = "optional"
    unknown_columns: Literal["refuse", "ignore"] = "ignore"
    extra_prefix: str | None = None
    extra_aliases: tuple[str, ...] = ()
    content: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def names(self) -> dict[str, str]:
        """Every accepted header, normalised, and the column that it means."""
        return {
            normalise(header): column.name
            for column in self.columns.values()
            for header in (column.name, *column.aliases)
        }

    def match(self, name: str) -> FileName | None:
        """Reads a file's name by the contract's template; None if it isn't this data set's."""
        found = self._pattern.fullmatch(name.lower())
        if not found:
            return None
        parts = found.groupdict()
        period = Period.parse(parts["period"]) if parts.get("period") else None
        branch = parts.get("branch")
        slot = "/".join(str(part) for part in (self.data_set, period, branch) if part)
        return FileName(slot, period, branch, parts.get("revision") or "", parts["extension"])

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        text = re.escape(self.file_name).replace(r"\{", "{").replace(r"\}", "}")
        text = text.replace(r"\[", "(?:").replace(r"\]", ")?")
        text = text.replace(".{extension}", "{extension}").replace(r"\{extension}", "{extension}")
        parts = {
            "{period}": r"(?P<period>\d{4}-(?:0[1-9]|1[0-2]))",
            "{branch}": r"(?P<branch>[a-z0-9-]+)",
            "{revision}": r"(?P<revision>[\w.-]+?)",
            "{extension}": r"(?P<extension>\.csv|\.csv\.gz|\.xlsx)",
        }
        for place, pattern in parts.items():
            text = text.replace(place, pattern)
        return re.compile(text)


def normalise(header: str) -> str:
    """A header as it is compared: trimmed, lower case, ё as е, single spaces."""
    return " ".join(header.replace("\ufeff", "").casefold().replace("ё", "е").split())


@cache
def contracts() -> dict[str, Contract]:
    """All contracts by data set, in the order in which files are loaded."""
    found = [read_contract(path) for path in sorted(CONTRACTS.glob("*.yaml"))]
    return {contract.data_set: contract for contract in sorted(found, key=lambda one: one.order)}


def contract_of(data_set: str) -> Contract:
    """The contract of a data set; NotFoundError if there is none."""
    try:
        return contracts()[data_set]
    except KeyError:
        raise NotFoundError(f"There is no data set '{data_set}'.", hint=f"Known: {', '.join(contracts())}.") from None


@cache
def given_contract(data_set: str) -> Contract:
    """The contract of a file that a person gives to a command."""
    return read_contract(GIVEN / f"{data_set}.yaml")


def read_contract(path: Path) -> Contract:
    """Reads and checks one contract; PrmError says what is wrong in it and where."""
    raw = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    problems = sorted(_validator().iter_errors(raw), key=lambda error: list(error.absolute_path))
    if problems:
        at = ".".join(str(part) for part in problems[0].absolute_path) or "the top"
        raise PrmError(f"{problems[0].message} (at {at})", where=Place(str(path)))
    contract = _build(raw)
    _check(contract, path)
    return contract


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _column(name: str, given: dict[str, Any]) -> Column:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return Column(name=name, least=values.pop("from", None), most=values.pop("to", None), **values)


def _build(raw: dict[str, Any]) -> Contract:
    columns = {name: _column(name, given) for name, given in raw["columns"].items()}
    rules = tuple(
        Rule(
            code=given["code"],
            text=Words(**given["text"]),
            compare=Condition.parse(given["compare"]) if "compare" in given else None,
            need=given.get("need"),
            when=Condition.parse(given["when"]) if "when" in given else None,
            check=given.get("check"),
            of=tuple(given.get("of", ())),
        )
        for given in raw.get("rules", [])
    )
    extra = raw.get("extra_columns", {})
    plain = ("data_set", "mode", "period_column", "rows_of_other_periods", "expected",
             "may_be_empty", "control_totals", "unknown_columns")  # fmt: skip
    return Contract(
        title=Words(**raw["title"]),
        formats=tuple(Format(**given) for given in raw["formats"]),
        order=raw.get("order", 0),
        file_name=raw.get("file_name", ""),
        key=tuple(raw.get("key", ())),
        columns=columns,
        rules=rules,
        refuse_above_share=raw.get("refuse_above", {}).get("share", "0"),
        refuse_above_rows=raw.get("refuse_above", {}).get("rows", 0),
        extra_prefix=extra.get("prefix"),
        extra_aliases=tuple(extra.get("aliases", ())),
        content=raw,
        **{name: raw[name] for name in plain if name in raw},
    )


def _check(contract: Contract, path: Path) -> None:
    named = [*contract.key, *([contract.period_column] if contract.period_column else [])]
    for rule in contract.rules:
        named += [*([rule.need] if rule.need else []), *rule.of]
        for condition in filter(None, (rule.compare, rule.when)):
            named.append(condition.left)
            if re.match(r"[a-zA-Z_]", condition.right):
                named.append(condition.right)
    for name in named:
        if name not in contract.columns:
            raise PrmError(f"'{name}' is not a column of the contract.", where=Place(str(path)))
    meanings: dict[str, str] = {}
    for column in contract.columns.values():
        for header in (column.name, *column.aliases):
            if meanings.setdefault(normalise(header), column.name) != column.name:
                raise PrmError(f"'{header}' means two columns.", where=Place(str(path)))
    if contract.mode == "append" and not contract.period_column:
        raise PrmError("An append data set needs a period_column.", where=Place(str(path)))
