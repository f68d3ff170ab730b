"""A run's folder, opened to read: what it was calculated from and every table it made, as they were then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as parquet

import schemes
from prm import duck
from prm.errors import NotFoundError
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import Words
from runs.dbt_process import DATABASE
from runs.exchange_rates import Quote, quotes
from runs.inputs import agreed_values


@dataclass(frozen=True)
class OpenedRun:
    """A run's folder. manifest: what it was calculated from. agreed: the values of attributes as it pinned them."""

    run_id: int
    folder: Path
    period: Period
    manifest: dict[str, Any]
    agreed: schemes.AgreedValues
    connection: duckdb.DuckDBPyConnection

    def rows(self, query: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
        """Rows of a query over the run's tables: the models by their names, what was pinned as `inputs.<table>`."""
        found = self.connection.execute(query, parameters or [])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def row(self, query: str, parameters: list[Any] | None = None) -> dict[str, Any] | None:
        """The first row of a query."""
        return next(iter(self.rows(query, parameters)), None)

    def quotes(self, currency: str, into: str, day: date, settings: Settings) -> tuple[list[Quote], Decimal | None]:
        """The rates of the pinned files by which a currency was converted on a day, and what one unit came to by them.

        Nothing where the files are gone from the lake.
        """
        rows = []
        for load in self.manifest["loads"].get("exchange_rates", ()):
            path = settings.home / load["path"]
            if not path.exists():
                return [], None
            rows += [row | {"load_id": load["load_id"]} for row in parquet.read_table(path).to_pylist()]
        return quotes(rows, currency, into, day, self.manifest["currency"])


@contextmanager
def open_run(run_id: int, *, settings: Settings | None = None) -> Iterator[OpenedRun]:
    """Opens a run's folder to read. Raises NotFoundError where the folder, or a file it needs, is gone.

    with open_run(17) as opened:
        opened.rows("select * from int_events where subscriber_id = ?", ["N00001"])
    """
    settings = settings or get_settings()
    folder = settings.runs / str(run_id)
    gone = NotFoundError(
        Words(
            f"What run {run_id} left is gone from {folder}: the values it used can't be shown.",
            f"Файлов расчёта {run_id} нет в {folder}: значения, по которым он сделан, показать нельзя.",
        ),
        hint=Words(
            "Restore its folder, or calculate its period again.",
            "Восстановите его папку или рассчитайте период заново.",
        ),
    )
    if not (folder / DATABASE).exists() or not (folder / "manifest.json").exists():
        raise gone
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with duck.connect(folder / DATABASE, settings=settings, read_only=True) as connection:
        try:
            yield OpenedRun(
                run_id, folder, Period.parse(manifest["period"]), manifest, agreed_values(folder), connection
            )
        except (duckdb.IOException, FileNotFoundError):
            raise gone from None
        except (duckdb.CatalogException, duckdb.BinderException):  # a table, or a column, that there was not then
            raise NotFoundError(
                Words(
                    f"Run {run_id} was made by an earlier version of the models: the values it used can't be shown.",
                    f"Расчёт {run_id} сделан прежней версией моделей: его значения показать нельзя.",
                ),
                hint=Words("Calculate its period again.", "Рассчитайте период заново."),
            ) from None
