"""Comparing a published month with the oracle's, line for line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb

import loaders
import runs
from prm import database
from prm.period import Period
from prm.settings import Settings
from tests.oracle.books import Month


def assert_equal(settings: Settings, period: str, run_id: int, month: Month) -> None:
    """The run's lines, measures, rewards and refused rows are the oracle's, to the kopeck and row for row."""
    tables = settings.runs / str(run_id) / "tables"
    _assert_same(_lines(tables / "int_event_lines.parquet"), _oracle_lines(month))
    with duckdb.connect() as connection:
        period_lines = connection.execute(
            f"""select contract_id, component, outcome, coalesce(reason, ''), coalesce(failed_condition, 0), amount,
                       coalesce(taken_period, ''), coalesce(taken_component, ''), coalesce(subscriber_id, '')
                from read_parquet('{tables / "int_period_lines.parquet"}') order by all"""
        ).fetchall()
    of_oracle = sorted(
        (
            line["contract_id"], line["component"], line["outcome"], line["reason"], line["failed_condition"], line["amount"],
            line["takes"][0] if line["takes"] else "", line["takes"][2] if line["takes"] else "",
            line.get("subscriber_id", ""),
        )
        for line in month.period_lines
    )  # fmt: skip
    _assert_same(period_lines, of_oracle)
    _assert_same(_taken(tables / "int_clawback_lines.parquet"), _oracle_taken(month))
    with database.transaction(settings) as connection:
        rewards = {
            (row["contract_id"], row["component"]): row["amount"]
            for row in connection.execute(
                """select contract_id, component, sum(amount) as amount from reporting.rewards
                   where period = %s group by contract_id, component""",
                [period],
            )
        }
    assert rewards == dict(month.rewards)
    assert sum(rewards.values(), Decimal(0)) == sum(
        v["amount"] for v in runs.current_versions(Period.parse(period), settings=settings).values()
    )


def _assert_same(ours: list[tuple], oracles: list[tuple]) -> None:
    only_ours, only_oracles = sorted(set(ours) - set(oracles))[:5], sorted(set(oracles) - set(ours))[:5]
    assert not only_ours and not only_oracles, f"only ours: {only_ours}\nonly the oracle's: {only_oracles}"
    assert len(ours) == len(oracles)


OF_SETTLING = ("bank_accounts", "penalties")
"""Data sets that no reward depends on."""


def assert_same_refusals(settings: Settings, month: Month) -> None:
    """The live loads and the rows refused of each are the oracle's, of the files that a calculation reads."""
    with database.transaction(settings) as connection:
        live = {
            row["load_id"]: row["rows_quarantined"]
            for row in loaders.list_loads(connection, state="live")
            if row["data_set"] not in OF_SETTLING
        }
    expected = {load.load_id: load for of in month.loads.values() for load in of}
    assert set(live) == set(expected)
    for load_id, load in expected.items():
        refused = {row["row_number"] for row in loaders.quarantined_rows(load_id, settings)} if live[load_id] else set()
        assert refused == load.refused, load.file_name


def _lines(path: Path) -> list[tuple]:
    with duckdb.connect() as connection:
        return connection.execute(f"""
            select load_id, row_number, coalesce(contract_id, ''), coalesce(component, ''), counterparty_id, stream,
                   event_date, outcome, coalesce(reason, ''), coalesce(failed_condition, 0), amount, base_amount
            from read_parquet('{path}') order by 1, 2, 3, 4, 6
        """).fetchall()


def _taken(path: Path) -> list[tuple]:
    with duckdb.connect() as connection:
        return connection.execute(f"""
            select counterparty_id, contract_id, component, stream, load_id, row_number, event_date, outcome,
                   coalesce(reason, ''), amount, base_amount, taken_period, taken_contract_id, taken_component,
                   taken_stream, taken_data_set, taken_load_id, taken_row_number
            from read_parquet('{path}') order by all
        """).fetchall()


def _oracle_taken(month: Month) -> list[tuple]:
    return sorted(
        (
            line["counterparty_id"], line["contract_id"], line["component"], line["stream"], line["load_id"],
            line["row_number"], line["event_date"], line["outcome"], line["reason"] or "", line["amount"],
            line["base_amount"], *line["root"],
        )
        for line in month.taken
    )  # fmt: skip


def _oracle_lines(month: Month) -> list[tuple]:
    return sorted(
        (
            (
                line["load_id"], line["row_number"], line["contract_id"] or "", line["component"] or "",
                line["counterparty_id"], line["stream"], line["event_date"], line["outcome"], line["reason"] or "",
                line["failed_condition"] or 0, line["amount"], line["base_amount"],
            )
            for line in month.lines
        ),
        key=lambda line: (*line[:4], line[5]),
    )  # fmt: skip
