"""From text to accepted rows: the file is read once into a typed table, then checked, then written as Parquet.

A table gives each row its number for nothing (`rowid`), where numbering while reading would take one thread only.
A file with broken rows stumbles here, is tidied (`loaders.tidy`) and read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from loaders.convert import REPEATED_KEY, UNKNOWN_REFERENCE, Check, Conversion
from loaders.tidy import tidy
from prm.duck import quote
from prm.period import Period

_MONEYLIKE = ("money", "share", "rate", "int")


@dataclass(frozen=True)
class Text:
    """Where a file's text is. `clean`/`refused`: the file was tidied (or came from a workbook), rows numbered."""

    path: Path
    delimiter: str
    refused: Path | None = None

    def relation(self, width: int) -> str:
        """SQL that reads the rows as text columns `c0`… (after `row_number`, if the rows are numbered)."""
        fields = [f"c{at}" for at in range(width)]
        columns = ", ".join(f"'{name}': 'varchar'" for name in (["row_number"] if self.refused else []) + fields)
        return (
            f"read_csv({quote(self.path)}, columns = {{{columns}}}, header = {str(self.refused is None).lower()}, "
            f"auto_detect = false, delim = {quote(self.delimiter)}, quote = '\"', escape = '\"', "
            f"max_line_size = 16777216)"
        )

    def numbered(self, width: int) -> str:
        """SQL of the same rows with their numbers, whether the file holds them or not."""
        if self.refused:
            return self.relation(width)
        return f"(select row_number() over () as row_number, * from {self.relation(width)})"


@dataclass
class Rows:
    """A file's rows in DuckDB: table `typed` (with `refused_for`) and table `broken` of what could not be read."""

    connection: duckdb.DuckDBPyConnection
    conversion: Conversion
    text: Text

    def __post_init__(self) -> None:
        self.checks: dict[int, Check] = {check.number: check for check in self.conversion.checks()}
        self.width = len(self.conversion.header.fields)
        self.number = "row_number" if self.text.refused else "(rowid + 1)::integer"

    def query(self, sql: str) -> list[tuple]:
        """Rows of a query."""
        return self.connection.execute(sql).fetchall()

    @property
    def total(self) -> int:
        """All data rows of the file."""
        return self.query("select (select count(*) from typed) + (select count(*) from broken)")[0][0]

    @property
    def accepted(self) -> int:
        """Rows without a reason against them."""
        return self.query("select count(*) from typed where refused_for is null")[0][0]

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows each reason refused, the most frequent first."""
        found = dict(self.query("select reason, count(*) from broken group by reason"))
        for number, rows in self.query(
            "select refused_for, count(*) from typed where refused_for is not null group by refused_for"
        ):
            reason = self.checks[number].reason
            found[reason] = found.get(reason, 0) + rows
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))

    def sum_of(self, column: str) -> Decimal | None:
        """Sum of a column over every row of the file; None where a value of it could not be read."""
        raw_reasons = [
            check.number
            for check in self.checks.values()
            if check.columns == (column,) and check.reason in ("not_a_number", "too_many_digits", "missing_value")
        ]
        unread = f"select count(*) from typed where refused_for in ({', '.join(map(str, raw_reasons)) or 'null'})"
        if self.query("select count(*) from broken")[0][0] or self.query(unread)[0][0]:
            return None
        return self.query(f'select coalesce(sum("{column}"), 0) from typed')[0][0]

    def refuse_repeated(self) -> None:
        """Refuses every sound row whose key an earlier sound row has."""
        check = next(one for one in self.checks.values() if one.reason == REPEATED_KEY)
        key = [f'"{name}"' for name in self.conversion.contract.key]
        if self._keys_ascend(key):
            return
        distinct = f"count(distinct {key[0]})"
        source = "typed where refused_for is null"
        if len(key) > 1:
            distinct, source = "count(*)", f"(select distinct {', '.join(key)} from {source})"
        if self.query(f"select {distinct} from {source}")[0][0] == self.accepted:
            return
        same = " and ".join(f"typed.{name} = twice.{name}" for name in key)
        self.connection.execute(f"""
            update typed set refused_for = {check.number} from (
                select {", ".join(key)}, min(rowid) as first from typed
                where refused_for is null group by all having count(*) > 1) as twice
            where refused_for is null and {same} and typed.rowid > twice.first""")

    def _keys_ascend(self, key: list[str]) -> bool:
        """Exports mostly come in the order of their keys: seeing that costs a quarter of counting distinct ones.

        A longer text counts as greater, so that numbers written as text ascend too (9, 10).
        """
        former = ", ".join(f"lag({name}) over () as p{at}" for at, name in enumerate(key))
        pairs = []
        for at, name in enumerate(self.conversion.contract.key):
            if self.conversion.contract.columns[name].type == "text":
                pairs.append((f"strlen({key[at]})", f"strlen(p{at})"))
            pairs.append((key[at], f"p{at}"))
        ascends = "false"
        for now, before in reversed(pairs):
            ascends = f"({now} > {before} or ({now} = {before} and {ascends}))"
        return bool(
            self.query(f"""
            select coalesce(bool_and({ascends}), true) from (
                select {", ".join(key)}, {former} from typed where refused_for is null)""")[0][0]
        )

    def refuse_unknown(self, known: Mapping[str, set[str]]) -> None:
        """Refuses rows that refer to a key not in `known` (by data set); within the own file, to no sound row."""
        contract = self.conversion.contract
        for check in self.checks.values():
            if check.reason != UNKNOWN_REFERENCE:
                continue
            name = check.columns[0]
            data_set = contract.columns[name].refers_to
            assert data_set, "only columns with refers_to have this check"
            if data_set == contract.data_set:
                targets = f'select "{contract.key[0]}" from typed where refused_for is null'
            else:
                self.connection.execute("create or replace temp table known (id varchar)")
                if known[data_set]:
                    self.connection.execute("insert into known select unnest(?)", [sorted(known[data_set])])
                targets = "select id from known"
            while self.connection.execute(f"""
                update typed set refused_for = {check.number}
                where refused_for is null and "{name}" is not null and "{name}" not in ({targets})""").fetchall()[0][0]:
                pass  # a row refused here may be what another one of the same file refers to

    def months(self) -> list[str | None]:
        """The periods of the accepted rows; a single None for reference data."""
        column = self.conversion.contract.period_column
        if not column:
            return [None]
        first, last = self.query(f'select min("{column}"), max("{column}") from typed where refused_for is null')[0]
        if first is None:
            return []
        if (first.year, first.month) == (last.year, last.month):  # mostly; writing every row's month takes longer
            return [f"{first:%Y-%m}"]
        return [
            month
            for (month,) in self.query(f"""
            select distinct strftime("{column}", '%Y-%m') from typed where refused_for is null order by 1""")
        ]

    def write(self, target: Path, load_id: str, month: str | None) -> None:
        """Writes the accepted rows (of a month) in the file's order."""
        columns = ", ".join(f'"{name}"' for name in self.conversion.columns)
        within = ""
        if month:
            period = Period.parse(month)
            within = f" and \"{self.conversion.contract.period_column}\" between '{period.start}' and '{period.end}'"
        self.connection.execute(f"""
            copy (select {quote(load_id)} as load_id, {self.number} as row_number, {columns}
                  from typed where refused_for is null{within})
            to {quote(target)} (format parquet, parquet_version v2, compression zstd, compression_level 1)""")

    def write_refused(self, target: Path, load_id: str) -> None:
        """Writes the refused rows: number, reason, what was found where, and the raw text (JSON by header)."""
        names = dict.fromkeys(self.conversion.header.fields)
        fields = self.conversion.header.fields if len(names) == self.width else [f"c{at}" for at in range(self.width)]
        raw = ", ".join(f"{quote(field)}, c{at}" for at, field in enumerate(fields))
        cases = " ".join(f"when {check.number} then {quote(check.reason)}" for check in self.checks.values())
        details = " ".join(
            f"when {check.number} then concat_ws(', ', {', '.join(self._found(name) for name in check.columns)})"
            for check in self.checks.values()
        )
        self.connection.execute(f"""
            copy (
                select {quote(load_id)} as load_id, row_number::integer as row_number, reason, detail, raw from (
                    select row_number, case refused_for {cases} end as reason,
                           case refused_for {details} end as detail, json_object({raw})::varchar as raw
                    from {self.text.numbered(self.width)} as raw_rows
                    join (select {self.number} as number, refused_for from typed
                          where refused_for is not null) as refused
                        on raw_rows.row_number = refused.number
                    union all
                    select row_number, reason, detail, raw from broken)
                order by row_number)
            to {quote(target)} (format parquet)""")

    def _found(self, name: str) -> str:
        return f"{quote(name + ' = ')} || coalesce('''' || {self.conversion.raw(name)} || '''', 'empty')"


def read_rows(connection: duckdb.DuckDBPyConnection, conversion: Conversion, text: Text, work: Path, name: str) -> Rows:
    """Reads and converts a file's rows; broken ones are set apart. FileRefused if the file ends in mid-row."""
    width = len(conversion.header.fields)
    if not text.refused and _stumbles(connection, conversion, text, width):
        clean, refused = work / "clean.csv", work / "refused.csv"
        tidy(text.path, text.delimiter, width, clean, refused, name)
        text = Text(clean, ",", refused)
    if text.refused:
        connection.execute(f"create or replace table typed as {conversion.select(text.relation(width), True)}")
    broken = f"""select * from read_csv({quote(text.refused or "")}, header = false, auto_detect = false, delim = ',',
        quote = '"', escape = '"', max_line_size = 16777216, columns = {{'row_number': 'integer', 'reason': 'varchar',
        'detail': 'varchar', 'raw': 'varchar'}})"""
    nothing = "select null::integer as row_number, ''::varchar as reason, '' as detail, '' as raw limit 0"
    connection.execute(f"create or replace table broken as {broken if text.refused else nothing}")
    return Rows(connection, conversion, text)


def _stumbles(connection: duckdb.DuckDBPyConnection, conversion: Conversion, text: Text, width: int) -> bool:
    """Reads the file the fast way; true if any row of it could not be read."""
    try:
        connection.execute(f"create or replace table typed as {conversion.select(text.relation(width), False)}")
    except duckdb.InvalidInputException:
        return True
    return False
