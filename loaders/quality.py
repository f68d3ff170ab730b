"""Great Expectations from the contracts: a suite a data set, run on each live load, and Data Docs to open.

The rows are judged when a file is loaded, in SQL, from the same contracts; this is the second pair of eyes, on what
reached the lake, and the page that shows it to people. It looks at a bounded batch of each load.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loaders import register
from loaders.contract import Column, Contract, contracts
from loaders.data_docs import Looked, make_offline
from prm import database, duck
from prm.settings import Settings, get_settings

if TYPE_CHECKING:
    import pandas
    from great_expectations import ExpectationSuite

BATCH = 100_000
"""Rows of each load that a suite is run on."""


@dataclass(frozen=True)
class Quality:
    """What the suites found. failed: (load_id, what was expected) of each expectation that was not met."""

    page: Path
    loads: int
    expectations: int
    failed: tuple[tuple[str, str], ...]


def build_data_docs(
    settings: Settings | None = None, *, period: str | None = None, progress: Callable[[str], None] | None = None
) -> Quality:
    """Runs every data set's suite on its live loads and writes Data Docs (HTML, no network needed) from scratch.

    period: only loads of that period, and reference data. progress: told the load that is being looked at.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    settings = settings or get_settings()
    building = settings.data_docs.with_name(f"{settings.data_docs.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    for name in list(context.list_data_docs_sites()):
        context.delete_data_docs_site(name)
    context.add_data_docs_site(
        site_name="prm",
        site_config={
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(building)},
        },
    )
    source = context.data_sources.add_pandas("lake")
    looked: list[Looked] = []
    failed: list[tuple[str, str]] = []
    for contract in contracts().values():
        with database.transaction(settings) as connection:
            rows = register.live_partitions(connection, contract.data_set, settings=settings)
        partitions = [row for row in rows if period is None or row["period"] in (None, str(period))]
        if not partitions:
            continue
        suite = context.suites.add(suite_of(contract))
        asset = source.add_dataframe_asset(contract.data_set)
        batch = asset.add_batch_definition_whole_dataframe(contract.data_set)
        definition = context.validation_definitions.add(
            gx.ValidationDefinition(name=contract.data_set, data=batch, suite=suite)
        )
        for row in partitions:
            name = " ".join(filter(None, (contract.data_set, row["period"], row["load_id"])))
            if progress:
                progress(name)
            result = definition.run(
                batch_parameters={"dataframe": batch_of(row["path"], settings)},
                run_id=gx.RunIdentifier(run_name=name),
            )
            not_met = [one for one in result.results if not one.success]
            failed += [(row["load_id"], _describe(one)) for one in not_met]
            looked.append(
                Looked(contract.data_set, row["period"], row["load_id"], row["rows"], len(result.results), len(not_met))
            )
    context.build_data_docs(site_names=["prm"])
    make_offline(building, looked)
    shutil.rmtree(settings.data_docs, ignore_errors=True)
    building.rename(settings.data_docs)
    return Quality(
        settings.data_docs / "index.html", len(looked), sum(one.expectations for one in looked), tuple(failed)
    )


def suite_of(contract: Contract) -> ExpectationSuite:
    """The contract's expectations: columns, types, values required, allowed, in range, written as they should be."""
    import great_expectations as gx
    from great_expectations import expectations as expect

    found: list[Any] = [
        expect.ExpectTableColumnsToMatchSet(
            column_set=["load_id", "row_number", *contract.columns], exact_match=contract.extra_prefix is None
        )
    ]
    for column in contract.columns.values():
        found += _of_column(column)
    if len(contract.key) == 1:
        found.append(expect.ExpectColumnValuesToBeUnique(column=contract.key[0]))
    else:
        found.append(expect.ExpectCompoundColumnsToBeUnique(column_list=list(contract.key)))
    return gx.ExpectationSuite(name=contract.data_set, expectations=found)


def _of_column(column: Column) -> list[Any]:
    from decimal import Decimal

    import pandas
    from great_expectations import expectations as expect

    name = column.name
    kind = {"text": "str", "date": "date", "int": "int"}.get(column.type, "Decimal")
    found: list[Any] = [expect.ExpectColumnValuesToBeOfType(column=name, type_=kind)]
    if column.required:
        found.append(expect.ExpectColumnValuesToNotBeNull(column=name))
    if column.allowed:
        found.append(expect.ExpectColumnValuesToBeInSet(column=name, value_set=list(column.allowed)))
    if column.pattern:
        found.append(expect.ExpectColumnValuesToMatchRegex(column=name, regex=f"^(?:{column.pattern})$"))
    if column.max_length:
        found.append(expect.ExpectColumnValueLengthsToBeBetween(column=name, max_value=column.max_length))
    if column.least is not None or column.most is not None:
        bounds: dict[str, Any] = {
            bound: pandas.Timestamp(text).date() if column.type == "date" else Decimal(text)
            for bound, text in (("min_value", column.least), ("max_value", column.most))
            if text is not None
        }
        found.append(expect.ExpectColumnValuesToBeBetween(column=name, **bounds))
    return found


def batch_of(path: Path, settings: Settings) -> pandas.DataFrame:
    """The first rows of a load, with dates and decimals as Python values (never floats)."""
    import pandas

    connection = duck.connect(settings=settings)
    try:
        cursor = connection.execute(
            f"select * from read_parquet({duck.quote(path)}, hive_partitioning = false) limit {BATCH}"
        )
        names = [column[0] for column in cursor.description]
        return pandas.DataFrame(cursor.fetchall(), columns=names, dtype=object)
    finally:
        connection.close()


def _describe(result: Any) -> str:
    config = result.expectation_config
    about = {name: value for name, value in config.kwargs.items() if name != "batch_id"}
    exception = "; ".join(
        one.get("exception_message", "") for one in _exceptions(result.exception_info) if one.get("raised_exception")
    )
    return f"{config.type} {about}{': ' + exception if exception else ''}"


def _exceptions(info: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Great Expectations hides a failed expectation's exception one level deep, or not."""
    if not info:
        return []
    return [info] if "raised_exception" in info else [one for one in info.values() if isinstance(one, dict)]
