"""What a run calculates from, pinned: the live loads' files, the registry as it is now, the compiled terms.

Everything ends up as the schema `inputs` of the run's private DuckDB database: views over the lake's files
(which never change) and over the snapshot in the run's own folder. `manifest.json` lists all of it with
hashes; equal manifests give equal results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet as parquet

import loaders
import registry
import schemes
from prm import duck, lake
from prm.database import Connection
from prm.lake import fingerprint
from prm.money import MONEY_SQL, RATE_SQL
from prm.period import Period
from prm.settings import PROJECT, Settings
from runs.dbt_process import DATABASE
from runs.dependencies import LookedBack, look_back
from runs.earlier_files import current_runs
from runs.errors import NothingToCalculateError
from runs.exchange_rates import conversions
from runs.paid_before import let_through, paid_lines
from runs.paid_to_subscribers import subscriber_balances

FACTS: dict[str, dict[str, str]] = {
    "kit_sales": {
        "load_id": "varchar", "row_number": "int", "sale_id": "varchar", "iccid": "varchar", "outlet_id": "varchar",
        "product_id": "varchar", "sold_on": "date", "price": MONEY_SQL,
    },
    "subscribers": {
        "load_id": "varchar", "row_number": "int", "subscriber_id": "varchar", "changed_on": "date",
        "msisdn": "varchar", "iccid": "varchar", "product_id": "varchar", "branch": "varchar",
        "activated_on": "date", "deactivated_on": "date", "status": "varchar",
    },
    "charges": {
        "load_id": "varchar", "row_number": "int", "charge_id": "varchar", "subscriber_id": "varchar",
        "product_id": "varchar", "charged_on": "date", "amount": MONEY_SQL, "charge_kind": "varchar",
        "currency": "varchar",
    },
    "payments": {
        "load_id": "varchar", "row_number": "int", "payment_id": "varchar", "subscriber_id": "varchar",
        "outlet_id": "varchar", "paid_on": "date", "amount": MONEY_SQL, "channel": "varchar", "currency": "varchar",
    },
    "operations": {
        "load_id": "varchar", "row_number": "int", "operation_id": "varchar", "subscriber_id": "varchar",
        "outlet_id": "varchar", "product_id": "varchar", "performed_on": "date", "operation_kind": "varchar",
        "amount": MONEY_SQL, "currency": "varchar",
    },
    "plans": {
        "load_id": "varchar", "row_number": "int", "counterparty_id": "varchar", "plan": "varchar", "starts_on": "date",
        "target": MONEY_SQL,
    },
    "antifraud_marks": {
        "load_id": "varchar", "row_number": "int", "mark_id": "varchar", "subscriber_id": "varchar",
        "valid_from": "date", "valid_to": "date", "reason": "varchar",
    },
}  # fmt: skip
"""The facts a calculation reads, with the columns it relies on; a data set without a load is an empty table."""

DATA_SETS = frozenset({*FACTS, "exchange_rates"})
"""The data sets whose facts a calculation depends on; others (penalties) go straight into the books."""

_MAY_LACK = "currency"  # what files loaded before there were currencies lack
_OF_AMOUNTS = ("charges", "payments", "operations")
OF_FIRST_DAYS = {"charged_within": "charges", "paid_within": "payments"}
"""What rules may ask of a subscriber's first days, and the facts that tell it; as `charges_since` they reach back to them."""
_SINCE = tuple(OF_FIRST_DAYS.values())
OF_THE_PERIOD = ("charges", "payments", "operations", "plans")
"""Facts that count in their own period only; of the others, every live load is read."""


_KEPT = Decimal("0.0001")
_RATES = {
    "rated_on": "date", "currency": "varchar", "units": "bigint", "rate": RATE_SQL, "base_currency": "varchar",
}  # fmt: skip
_FOREIGN = pyarrow.schema([("currency", pyarrow.string()), ("into_currency", pyarrow.string())])
_VOLUMES = pyarrow.schema([
    ("contract_id", pyarrow.string()), ("component", pyarrow.string()), ("period", pyarrow.string()),
    ("base_count", pyarrow.int64()), ("base_amount", pyarrow.decimal128(18, 4)),
])  # fmt: skip


_TOTALS = pyarrow.schema([
    ("contract_id", pyarrow.string()), ("component", pyarrow.string()), ("of_period", pyarrow.string()),
    ("amount", pyarrow.decimal128(18, 4)),
])  # fmt: skip


@dataclass(frozen=True)
class Pinned:
    """A run's inputs, written down: `manifest` is JSON, `inputs_hash` its SHA-256, scope aside.

    looked_back: the earlier versions they are made from, which are no part of the hash: their numbers are.
    """

    folder: Path
    manifest: dict[str, Any]
    inputs_hash: str
    problems: list[schemes.ContractProblem]
    looked_back: LookedBack


def pin(
    connection: Connection, period: Period, counterparties: Sequence[str] | None, folder: Path, settings: Settings,
    *, verifies: bool = True, known_on: date | None = None,
) -> Pinned:  # fmt: skip
    """Writes a run's inputs into its folder and lists them.

    connection: a repeatable-read transaction, so that loads, registry and schemes are of one moment. verifies: every
    file is read and compared with its hash, for a changed byte must not become somebody's reward. known_on: the rules
    are those that were known on that day (`registry.decisions`), for a calculation that is never published; facts, and
    what earlier months came to, are as they are now.
    Raises NothingToCalculateError where no scheme or no fact of the period is there, DamagedError for a file that has
    changed or is gone.
    """
    loads = {
        data_set: loaders.live_partitions(
            connection, data_set, period if data_set in OF_THE_PERIOD else None, settings=settings
        )
        for data_set in FACTS
    }
    snapshot = registry.export_snapshot(connection, folder / "inputs", known_on=known_on)
    contracts = parquet.read_table(snapshot["contracts"]).to_pylist()
    versions = registry.scheme_versions(connection, {row["scheme"] for row in contracts})
    if not versions:
        raise NothingToCalculateError(
            "No contract is under a scheme that was added.",
            hint="Load contracts, and add their schemes: prm registry add-library, or prm registry add-scheme FILE",
        )
    rules = registry.versions_known_on(connection, known_on, {of.scheme for of in versions}) if known_on else versions
    compiled = schemes.compile_terms(
        contracts,
        agreed_values(folder),
        rules,
        period,
        _parents(snapshot["counterparties"]),
    )
    tables = {name: getattr(compiled, name) for name in schemes.TABLES}
    tables["earlier_volumes"] = _earlier_volumes(connection, period, compiled.measures)
    tables["earlier_totals"] = _earlier_totals(connection, period, compiled, versions)
    tables["paid_lines"] = paid_lines(connection, period, compiled, versions, settings, verifies=verifies)
    tables["subscriber_balances"] = subscriber_balances(connection, period, compiled, settings, verifies=verifies)
    first = _first_period(period, compiled)
    since = {
        data_set: [
            load
            for earlier in first.until(period)
            for load in loaders.live_partitions(connection, data_set, earlier, settings=settings)
        ]
        for data_set in _SINCE
    }
    rates = _rates(connection, first, period, settings)
    if verifies:
        files = {
            load["path"]: load["content_hash"] for rows in (*loads.values(), *since.values(), rates) for load in rows
        }
        lake.verify(files, "a load (`prm loads`)", threads=settings.threads)
    tables["foreign_currencies"], tables["conversions"] = _currencies(compiled, loads, since, rates, period, settings)
    rates = rates if tables["conversions"].num_rows else []  # those that nobody needs change nothing
    for name, table in tables.items():
        snapshot[name] = folder / "inputs" / f"{name}.parquet"
        parquet.write_table(table, snapshot[name])
    manifest = {
        "period": str(period),
        "currency": settings.currency,
        "first_days_from": str(first),
        "counterparties": sorted(counterparties) if counterparties else None,
        "loads": {
            data_set: [
                {
                    "load_id": row["load_id"],
                    "period": row["period"],
                    "rows": row["rows"],
                    "path": str(Path(row["path"]).relative_to(settings.home)),
                    "content_hash": row["content_hash"],
                }
                for row in sorted(rows, key=lambda row: (row["period"], row["load_id"]))
            ]
            for data_set, rows in {
                **loads,
                **{f"{name}_since": rows for name, rows in since.items()},
                "exchange_rates": rates,
            }.items()
        },
        "snapshot": {name: fingerprint(path) for name, path in sorted(snapshot.items())},
        "schemes": {f"{scheme.scheme} v{scheme.version}": schemes.content_hash(scheme) for scheme in rules},
        "left_out": [
            {
                "contract_id": of.contract_id,
                "counterparty_id": of.counterparty_id,
                "en": of.message.en,
                "ru": of.message.ru,
            }
            for of in compiled.problems
        ],
        "code": code_hash(),
        "engine": f"duckdb {duckdb.__version__}",
    }
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    _database(folder, period, counterparties, manifest, settings)
    earlier = current_runs(connection, period) if tables["paid_lines"].num_rows else []
    looked_back = look_back(connection, period, compiled, contracts, earlier)
    return Pinned(folder, manifest, _hash_of_inputs(manifest), compiled.problems, looked_back)


def _first_period(period: Period, compiled: schemes.CompiledTerms) -> Period:
    """The period of the earliest activation whose first days are asked for now: of one that is looked at, or of a
    subscriber of whom something happened."""
    if not compiled.activities.num_rows:
        return period
    delays = compiled.delays.to_pylist()
    days = [row["days"] for row in delays] + [age.count for age in compiled.ages if age.unit == "days"]
    months = [row["months"] for row in delays] + [age.count + 1 for age in compiled.ages if age.unit == "months"]
    return min(period.shifted(-max(months, default=0)), Period.of(period.start - timedelta(days=max(days, default=0))))


def _rates(connection: Connection, first: Period, period: Period, settings: Settings) -> list[dict[str, Any]]:
    """The live loads of exchange rates that may hold in some periods: theirs, and the month's before them."""
    return [
        load
        for each in first.previous.until(period)
        for load in loaders.live_partitions(connection, "exchange_rates", each, settings=settings)
    ]


def _currencies(
    compiled: schemes.CompiledTerms, loads: Mapping[str, list[dict[str, Any]]], since: Mapping[str, list[dict[str, Any]]],
    rates: list[dict[str, Any]], period: Period, settings: Settings,
) -> tuple[pyarrow.Table, pyarrow.Table]:  # fmt: skip
    """The currencies of amounts that some scheme is not in, with that scheme's; and all conversions that are needed."""
    own = {currency for table in (compiled.terms, compiled.clawbacks) for currency in table["currency"].to_pylist()}
    with duck.connect(settings=settings) as duckdb_connection:

        def of_facts(data_set: str, rows: list[dict[str, Any]]) -> set[str]:
            query = facts_query({_MAY_LACK: FACTS[data_set][_MAY_LACK]}, [Path(row["path"]) for row in rows])
            found = duckdb_connection.execute(f"select distinct currency from ({query})").fetchall()
            return {currency or settings.currency for (currency,) in found}

        of_amounts = {currency for name in _OF_AMOUNTS for currency in of_facts(name, loads[name])}
        if since != {name: loads[name] for name in _SINCE}:
            of_amounts |= {currency for name in _SINCE for currency in of_facts(name, since[name])}
        rows = duckdb_connection.execute(
            f"select * from ({facts_query(_RATES, [Path(row['path']) for row in rates])})"
        ).to_arrow_table()
    foreign = sorted((currency, into) for currency in of_amounts for into in own if currency != into)
    of_others = {
        (row["of_currency"], row["currency"])
        for table in (compiled.measures, compiled.totals)
        for row in table.select(["of_currency", "currency"]).to_pylist()
        if row["of_currency"] != row["currency"]
    }
    days = (_first_period(period, compiled).start, period.end)
    return (
        pyarrow.Table.from_pylist(
            [{"currency": currency, "into_currency": into} for currency, into in foreign], schema=_FOREIGN
        ),
        conversions(rows.to_pylist(), {*foreign, *of_others}, days, settings.currency),
    )


def _parents(counterparties: Path) -> dict[str, str]:
    rows = parquet.read_table(counterparties, columns=["counterparty_id", "parent_id"]).to_pylist()
    return {row["counterparty_id"]: row["parent_id"] for row in rows if row["parent_id"]}


def agreed_values(folder: Path) -> schemes.AgreedValues:
    """The values of attributes as a run has pinned them. folder: the run's."""

    def rows(table: str) -> list[dict[str, Any]]:
        return parquet.read_table(folder / "inputs" / f"{table}.parquet").to_pylist()

    return schemes.AgreedValues(
        of_contracts=rows("contract_attributes"), of_counterparties=rows("counterparty_attributes"),
        of_branches=rows("branch_attributes"), counterparties=rows("counterparties"),
    )  # fmt: skip


def _earlier_volumes(connection: Connection, period: Period, measures: pyarrow.Table) -> pyarrow.Table:
    """What was measured in the earlier periods that schemes look back to, as it is published now."""
    back = [row for row in measures.to_pylist() if row["plan"] is None and row["first_period"] < str(period)]
    rows = connection.execute(
        """select contract_id, component, period, base_count, base_amount
           from results.volumes join runs.current_versions using (period, counterparty_id, run_id)
           where period >= %s and period < %s and contract_id = any(%s) and component = any(%s)
           order by contract_id collate "C", component collate "C", period""",
        [
            min((row["first_period"] for row in back), default=str(period)), str(period),
            sorted({row["of_contract_id"] for row in back}), sorted({row["measure"] for row in back}),
        ],
    ).fetchall()  # fmt: skip
    return pyarrow.Table.from_pylist(rows, schema=_VOLUMES)


def _earlier_totals(
    connection: Connection, period: Period, compiled: schemes.CompiledTerms, versions: Sequence[schemes.Scheme]
) -> pyarrow.Table:
    """What components came to in all earlier periods, where a scheme asks for it, as it is published now; and what is
    left of their pay of one of them, where it is looked at again: less what caps cut, and what was taken back since.
    """
    slots = compiled.totals.to_pylist()
    asked = [row for row in slots if row["of_period"] == "before"]
    rows = connection.execute(
        """select contract_id, component, 'before' as of_period, sum(amount)::numeric(18, 4) as amount
           from results.rewards join runs.current_versions using (period, counterparty_id, run_id)
           where period < %s and contract_id = any(%s) and component = any(%s)
           group by contract_id, component order by contract_id collate "C", component collate "C" """,
        [str(period), sorted({row["of_contract_id"] for row in asked}), sorted({row["component"] for row in asked})],
    ).fetchall()
    again = [row for row in slots if row["of_period"] not in ("before", "now")]
    found = connection.execute(
        """select contract_id, component, of_period, sum(paid) as paid, sum(taken) as taken
           from (
               select contract_id, component, period as of_period, amount as paid, 0 as taken
               from results.rewards join runs.current_versions using (period, counterparty_id, run_id)
               where period = any(%(periods)s)
               union all
               select taken_contract_id, taken_component, taken_period, 0, amount
               from results.reward_lines join runs.current_versions using (period, counterparty_id, run_id)
               where taken_period = any(%(periods)s) and period < %(period)s
           ) as balances
           where contract_id = any(%(contracts)s) and component = any(%(components)s)
           group by contract_id, component, of_period
           order by contract_id collate "C", component collate "C", of_period""",
        {
            "period": str(period), "periods": sorted({row["of_period"] for row in again}),
            "contracts": sorted({row["of_contract_id"] for row in again}),
            "components": sorted({row["component"] for row in again}),
        },
    ).fetchall() if again else []  # fmt: skip
    cuts = let_through(connection, period, versions) if found else {}
    for row in found:
        part, whole = cuts.get((row["of_period"], row["contract_id"], row["component"]), (1, 1))
        paid = (row.pop("paid") * part / whole).quantize(_KEPT, ROUND_FLOOR)
        rows.append(row | {"amount": paid + row.pop("taken")})
    return pyarrow.Table.from_pylist(rows, schema=_TOTALS)


def _hash_of_inputs(manifest: dict[str, Any]) -> str:
    """Of everything but whom the run is for: a counterparty's version does not depend on its batch."""
    of_all = {name: value for name, value in manifest.items() if name != "counterparties"}
    return hashlib.sha256(json.dumps(of_all, sort_keys=True).encode()).hexdigest()


def code_hash() -> str:
    """SHA-256 over the models: what turns inputs into results. (The rules of schemes are inputs.)"""
    digest = hashlib.sha256()
    root = PROJECT / "calc_models"
    for path in sorted(root.rglob("*.sql")):
        if not {"target", "logs"} & set(path.relative_to(root).parts):
            digest.update(f"{path.relative_to(PROJECT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _database(
    folder: Path, period: Period, counterparties: Sequence[str] | None, manifest: dict[str, Any], settings: Settings
) -> None:
    """The schema `inputs` of a fresh private database."""
    path = folder / DATABASE
    path.unlink(missing_ok=True)
    with duck.connect(path, settings=settings) as duckdb_connection:
        execute = duckdb_connection.execute
        execute("create schema inputs")
        execute("create table inputs.run (period varchar, period_start date, period_end date, currency varchar)")
        execute(
            "insert into inputs.run values (?, ?, ?, ?)",
            [str(period), period.start, period.end, manifest["currency"]],
        )
        execute("create table inputs.scope (counterparty_id varchar)")
        for counterparty_id in sorted(counterparties or ()):
            execute("insert into inputs.scope values (?)", [counterparty_id])
        for data_set, columns in {**FACTS, **{f"{name}_since": FACTS[name] for name in _SINCE}}.items():
            files = [settings.home / load["path"] for load in manifest["loads"][data_set]]
            _facts_view(execute, data_set, columns, files)
        for name in manifest["snapshot"]:
            file = duck.quote(folder / "inputs" / f"{name}.parquet")
            execute(f"create view inputs.{name} as select * from read_parquet({file})")


def _facts_view(execute: Any, data_set: str, columns: dict[str, str], files: list[Path]) -> None:
    if not files:
        execute(f"create table inputs.{data_set} as {facts_query(columns, files)}")
        return
    execute(f"create view inputs.{data_set} as {facts_query(columns, files)}")


def facts_query(columns: Mapping[str, str], files: Sequence[Path]) -> str:
    """SQL of the columns of some files; one that a file lacks is null there."""
    none = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
    if not files:
        return f"select {none} where false"
    listed, selected = ", ".join(duck.quote(file) for file in files), ", ".join(columns)
    if not any(_MAY_LACK not in parquet.read_schema(file).names for file in files if _MAY_LACK in columns):
        return f"select {selected} from read_parquet([{listed}])"
    read = f"select * from read_parquet([{listed}], union_by_name = true)"
    return f"select {selected} from (select {none} where false union all by name {read})"
