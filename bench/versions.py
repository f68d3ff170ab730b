"""Two hundred schemes where there was one, each with all features of the language and with rules of its own.

`every_feature.yaml` is written once for each version: its money and rates are so many times the version's number, and
most of its conditions, formulas, tables and classes hold a text of the version's own, so that hardly any of its rules
can share its SQL with another version's. Two versions decide alike about every event, and one pays a multiple of what
the other does: the lines of two hundred must be those of one, times each version's number, or the benchmark fails. What is
made of totals may differ by what rounding them does, for a rounded multiple is no multiple of what was rounded.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

import duckdb

from prm.duck import quote

COUNT = 200
_TEMPLATE = Path(__file__).parent / "every_feature.yaml"
_ATTRIBUTES = ("activation_fee", "bonus_rate", "monthly_cap")
"""What contracts agree on that the scheme has too; their other values are of other schemes, and left out."""
_MODES = ("half_up", "half_even", "down", "up")
_PAID_ALIKE = ("pool",)
"""Components that pay the same in every version: a pay that is shared is rounded, and no multiple of another."""


def name_of(number: int) -> str:
    """Name of the scheme that is a version."""
    return f"every_feature_{number:03d}"


def write_versions(folder: Path, count: int = COUNT) -> list[Path]:
    """Writes the scheme files of the versions 1 to `count` into a folder."""
    template = _TEMPLATE.read_text(encoding="utf-8").partition("\nscheme:")
    files = []
    for number in range(1, count + 1):
        text = "scheme:" + template[2].replace("№", f"{number:03d}").replace(" every_feature", f" {name_of(number)}", 1)
        text = re.sub(r"×([\d.]+)", lambda found, number=number: str(Decimal(found[1]) * number), text)  # type: ignore[misc]
        text = text.replace("mode: half_up", f"mode: {_MODES[number % len(_MODES) - 1]}")
        files.append(folder / f"{name_of(number)}.yaml")
        files[-1].write_text(text, encoding="utf-8")
    return files


def write_contracts(data: Path, target: Path, count: int) -> Path:
    """Writes the contracts of the benchmark's files anew, spread over so many versions; returns the file.

    A dealer and those below it come under the same version: what they earn of one another is then a multiple, too.
    """
    with (data / "counterparties.csv").open(encoding="utf-8", newline="") as file:
        parents = {row["counterparty_id"]: row["parent_id"] for row in csv.DictReader(file)}
    tops = sorted(counterparty_id for counterparty_id, parent_id in parents.items() if not parent_id)
    numbers = {counterparty_id: 1 + at % count for at, counterparty_id in enumerate(tops)}
    with (
        (data / "contracts.csv").open(encoding="utf-8", newline="") as given,
        target.open("w", encoding="utf-8", newline="") as made,
    ):
        reader = csv.DictReader(given)
        writer = csv.DictWriter(made, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        for row in reader:
            number = numbers.get(_top(row["counterparty_id"], parents), 1)  # of nobody known: refused when loaded
            agreed = {
                f"attribute:{name}": str(Decimal(row[f"attribute:{name}"]) * number)
                for name in _ATTRIBUTES
                if row[f"attribute:{name}"]
            }
            without = {name: "" for name in row if name.startswith("attribute:")}
            writer.writerow(row | without | agreed | {"scheme": name_of(number)})
    return target


def _top(counterparty_id: str, parents: dict[str, str]) -> str:
    while parent_id := parents.get(counterparty_id):
        counterparty_id = parent_id
    return counterparty_id


def differences(tables: duckdb.DuckDBPyConnection, of_one: Path, of_many: Path) -> list[tuple]:
    """Where the lines of many versions are not those of the one, times the version's number; empty is well.

    of_one, of_many: the folders of the calculated tables. Compared by contract, component, outcome and reason.
    """
    return tables.execute(f"""
        with one as ({_sums(of_one)}), many as ({_sums(of_many)})
        select * from one full join many using (contract_id, component, outcome, reason, failed_condition)
        where one.lines is distinct from many.lines
            or abs(one.amount * case when component in {(*_PAID_ALIKE, "")} then 1 else many.number end - many.amount)
                > case when one.is_of_totals then many.number else 0 end
            or one.amount is null
        order by all limit 20""").fetchall()


def _sums(folder: Path) -> str:
    lines = " union all by name ".join(
        f"select *, {table == 'int_period_lines'} as is_of_totals from {quote(folder / f'{table}.parquet')}"
        for table in ("int_event_lines", "int_clawback_lines", "int_period_lines")
    )
    return f"""
        select coalesce(contract_id, '') as contract_id, coalesce(component, '') as component, outcome,
            coalesce(reason, '') as reason, coalesce(failed_condition, 0) as failed_condition,
            coalesce(max(right(scheme, 3)::int), 1) as number, count(*) as lines, sum(amount) as amount,
            bool_or(is_of_totals) as is_of_totals
        from ({lines}) where outcome <> 'rounded' group by 1, 2, 3, 4, 5"""
