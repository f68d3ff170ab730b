"""The page on the ledger says what is so: its accounts and causes are the tables', its examples print what they print."""

import importlib
import re
from decimal import Decimal

import pytest
import typer.testing

import cli
import settlement
from prm import database
from prm.period import Period
from prm.settings import PROJECT
from tests.books import approve, close, publish
from tests.conftest import fresh_home
from tests.operators import OCTOBER

importlib.import_module("cli.ledger")
NOVEMBER = Period.parse("2026-11")
PAGE = (PROJECT / "docs" / "ledger.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sql\n(.*?)```\n```\n(.*?)```", PAGE, re.DOTALL)
SHOWN = re.search(r"prm ledger D00042\n```\n```\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def example(server, template, tmp_path_factory):
    """The books of the page's example."""
    with fresh_home(server, template, tmp_path_factory.mktemp("example")) as settings:

        def post(period):
            approve(settings, period)
            settlement.post_rewards(period, author="olga", settings=settings)

        first = {("D00042", "C00042", "connections"): "12400.00", ("D00042", "C00042", "early_churn"): "-350.00"}
        publish(settings, first | {("D00043", "C00043", "revenue"): "870.50"})
        post(OCTOBER)
        close(settings)
        publish(settings, first | {("D00042", "C00042", "connections"): "12100.00"})
        post(OCTOBER)
        publish(settings, {("D00043", "C00043", "revenue"): "910.00"}, NOVEMBER)
        post(NOVEMBER)
        settlement.roll_back(NOVEMBER, ["D00043"], reason="wrong price list", author="olga", settings=settings)
        settlement.reverse(4, reason="posted too early", author="olga", settings=settings)
        post(OCTOBER)
        yield settings


@pytest.mark.parametrize(
    ("query", "printed"), EXAMPLES, ids=[query.split("from ")[1].split()[0] for query, _ in EXAMPLES]
)
def test_an_example_prints_what_the_page_shows(example, query, printed):
    with database.transaction(example) as connection:
        connection.execute("set local role prm_analyst")
        rows = connection.execute(query).fetchall()
    assert as_text(rows) == printed


def test_the_command_prints_what_the_page_shows(example, monkeypatch):
    monkeypatch.setenv("PRM_DATABASE_URL", example.database_url)
    monkeypatch.setattr("cli.ledger.console.width", 140, raising=False)
    printed = typer.testing.CliRunner().invoke(cli.app, ["ledger", "D00042"])
    assert SHOWN and stripped(printed.output) == stripped(SHOWN[1])


def test_the_page_explains_every_account_and_cause(example):
    with database.transaction(example) as connection:
        accounts = connection.execute("select * from reporting.ledger_accounts").fetchall()
        causes = connection.execute("select * from reporting.ledger_causes").fetchall()
    assert {f"| `{row['account']}` | {row['side']} | {row['meaning_en']} |" for row in accounts} <= set(
        PAGE.splitlines()
    )
    assert {f"| `{row['cause']}` | {row['meaning_en']} |" for row in causes} <= set(PAGE.splitlines())


def as_text(rows):
    """Rows as psql prints them."""
    cells = [list(rows[0]), *([shown(value) for value in row.values()] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    numbers = [isinstance(value, int | Decimal) for value in rows[0].values()]
    lines = [
        " | ".join(
            cell.rjust(width) if number and place else cell.ljust(width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        ).rstrip()
        for place, row in enumerate(cells)
    ]
    return "\n".join([lines[0], "-+-".join("-" * width for width in widths), *lines[1:]]) + "\n"


def shown(value):
    return "" if value is None else str(value)


def stripped(text):
    return [line.rstrip() for line in text.strip().splitlines()]
