"""Making an operator's files: reference data, then each month's facts by branch, then what went wrong on purpose."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from demo import faults as on_purpose
from demo import population
from demo.operator import Operator
from demo.reference import Row, make_reference
from demo.writing import Fault, sample, write_facts, write_rows, write_workbook
from loaders import contract_of
from prm import duck
from prm.period import Period

Progress = Callable[[Path], None]
"""Told each file as it is finished."""

_NOT_A_DATA_SET = "Тарифные планы на осень;черновик, не загружать\n"


def make(operator: Operator, folder: Path, progress: Progress | None = None) -> list[Path]:
    """Writes all files of an operator into `folder` (made if need be); returns them in the order they were made."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as work:
        connection = duck.connect(Path(work) / "operator.duckdb")
        try:
            for path in _Making(operator, folder, connection).files():
                made.append(path)
                if progress:
                    progress(path)
        finally:
            connection.close()
    return made


class _Making:
    def __init__(self, operator: Operator, folder: Path, connection: duckdb.DuckDBPyConnection):
        self.operator, self.folder, self.connection = operator, folder, connection
        self.reference = make_reference(operator)

    def files(self) -> Iterator[Path]:
        yield from self._reference_files()
        population.make_subscribers(self.connection, self.operator, self.reference)
        for period in self.operator.earlier:
            for branch in self.operator.branches:
                yield from self._facts("kit_sales", period, branch)
        for period in self.operator.months:
            for branch in self.operator.branches:
                for data_set in population.FACTS:
                    fault = self._fault(data_set, period, branch)
                    yield from self._facts(data_set, period, branch, fault)
        if self.operator.faults:
            yield from self._what_follows()

    def _reference_files(self) -> Iterator[Path]:
        rows = self.reference.rows
        if self.operator.faults:
            for data_set in rows:
                rows[data_set] = [*rows[data_set], *self._broken(data_set, rows[data_set][0])]
        plain = self.operator.dialect("center")
        yield write_rows(
            rows["counterparties"], self.folder / "counterparties.csv", "counterparties", self._of("volga")
        )
        yield write_rows(rows["products"], self.folder / "products.csv", "products", self._of("ural"))
        if self.operator.plain:
            yield write_rows(rows["outlets"], self.folder / "outlets.csv", "outlets", plain)
        else:
            yield write_workbook(rows["outlets"], self.folder / "outlets.xlsx", "outlets")
        yield write_rows(rows["contracts"], self.folder / "contracts.csv", "contracts", plain)
        yield write_rows(rows["bank_accounts"], self.folder / "bank_accounts.csv", "bank_accounts", plain)

    def _of(self, branch: str):
        return self.operator.dialect(branch)

    def _broken(self, data_set: str, sound: Row) -> list[Row]:
        return [row for _, row in on_purpose.broken_rows(contract_of(data_set), sound)]

    def _fault(self, data_set: str, period: Period, branch: str) -> Fault:
        others: list[Row] = []
        if self.operator.faults and period == self.operator.last and data_set in ("charges", "payments"):
            query = population.FACTS[data_set](self.operator, "center", period)
            others = sample(self.connection, query, self._of(branch), 3)
        return on_purpose.of_file(self.operator, data_set, period, branch, others)

    def _facts(
        self,
        data_set: str,
        period: Period,
        branch: str,
        fault: Fault | None = None,
        revision: str = "",
        query: str = "",
    ) -> Iterator[Path]:
        dialect = self.operator.dialect(branch)
        extension = "csv.gz" if dialect.compresses(data_set) else "csv"
        target = self.folder / f"{data_set}_{period}_{branch}{revision}.{extension}"
        query = query or population.FACTS[data_set](self.operator, branch, period)
        yield from write_facts(self.connection, query, target, data_set, dialect, fault or Fault())

    def _what_follows(self) -> Iterator[Path]:
        """Corrected and repeated files, files of no data set, and a month of which only some files are there."""
        operator = self.operator
        payments = population.payments(operator, "ural", operator.month(2))
        corrected = on_purpose.corrected_payments(payments)
        yield from self._facts("payments", operator.month(2), "ural", revision="_v2", query=corrected)
        yield from self._facts("payments", operator.month(1), "volga", revision="_v2")
        yield from self._facts("charges", operator.month(2), "center", revision="_v2")
        original = self.folder / f"charges_{operator.first}_center.csv"
        again = self.folder / f"charges_{operator.first}_center_again.csv"
        shutil.copyfile(original, again)
        yield again
        for name in ("tariff_plans_autumn.csv", "charges_october_ural.csv"):
            stray = self.folder / name
            stray.write_text(_NOT_A_DATA_SET, encoding="utf-8")
            yield stray
        for branch in ("center", "volga"):
            yield from self._facts("kit_sales", operator.last.next, branch)
