"""The page on payouts says what is so: its examples print what they print, its reasons and results are the tables'."""

import importlib
import re
from pathlib import Path

import pytest
import typer.testing

import cli
from prm import database
from prm.bank_details import account_fits
from prm.operator_details import read_operator_details
from prm.settings import PROJECT
from settlement.payouts import REASONS, RESULTS
from tests.books import add_cause
from tests.conftest import fresh_home
from tests.settlement.payouts.making import bank_account, contract, counterparty, operator, payable
from tests.settlement.test_ledger_page import as_text, stripped

importlib.import_module("cli.payouts")
PATH = PROJECT / "docs" / "payouts.md"
PAGE = PATH.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sql\n(.*?)```\n```\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.search(r"## An example.*?```\n(.*?)```\n```\n(.*?)```", PAGE, re.DOTALL)


def call(*arguments: str):
    return typer.testing.CliRunner().invoke(cli.app, arguments)


@pytest.fixture(scope="module")
def example(server, template, tmp_path_factory):
    """The books of the page's example, and the output of its commands."""
    with (
        pytest.MonkeyPatch.context() as patch,
        fresh_home(server, template, tmp_path_factory.mktemp("page")) as settings,
    ):
        add_cause(settings)
        for number in range(42, 46):
            counterparty(settings, f"D000{number}", account=False)
            contract(settings, f"C000{number}", f"D000{number}")
            if number < 45:
                bank_account(settings, f"D000{number}", number)
        payable(settings, [
            ("D00042", "C00042", "12400.50"), ("D00042", None, "-400.00"), ("D00043", "C00043", "870.50"),
            ("D00044", "C00044", "60.00"), ("D00045", "C00045", "500.00"),
        ])  # fmt: skip
        operator(settings)
        patch.setenv("PRM_DATABASE_URL", settings.database_url)
        patch.setenv("PRM_HOME", str(settings.home))
        patch.chdir(settings.home)
        patch.setattr("cli.payouts.console.width", 140, raising=False)
        Path("statement.csv").write_text(
            "payout,outcome,value_date,reason\nPRM-1-1,paid,2026-11-11,\nPRM-1-2,rejected,2026-11-11,account closed\n"
            "PRM-9-9,paid,2026-11-11,\n"
        )
        assert COMMANDS
        printed = []
        for line in COMMANDS[1].strip().splitlines():
            done = call(*line.split()[1:])
            assert done.exit_code in (0, 2), done.output + str(done.exception)
            printed.append(done.stdout)
        yield settings, "".join(printed)


@pytest.mark.parametrize(
    ("query", "printed"), EXAMPLES, ids=[query.split("from ")[1].split()[0] for query, _ in EXAMPLES]
)
def test_an_example_prints_what_the_page_shows(example, query, printed):
    with database.transaction(example[0]) as connection:
        connection.execute("set local role prm_analyst")
        rows = connection.execute(query).fetchall()
    assert as_text(rows) == printed


def test_the_commands_print_what_the_page_shows(example):
    # The bytes of the file hold the time at which it was made.
    said, shown = (re.sub(r"SHA-256 \w+", "SHA-256", text) for text in (example[1], COMMANDS[2]))
    assert stripped(said) == stripped(shown)


def test_the_page_explains_every_reason_and_result():
    for name in (*REASONS, *RESULTS):
        assert f"| `{name}` |" in PAGE, name


def test_the_details_that_the_page_shows_are_sound(tmp_path):
    (tmp_path / "operator.yaml").write_text(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1], encoding="utf-8")
    assert read_operator_details(tmp_path / "operator.yaml").account_in("RUB")
    account, bic = re.search(r"--account (\d+) --bic (\d+)", PAGE).groups()
    assert account_fits(account, bic)


def test_every_view_and_column_has_a_comment(example):
    views = re.findall(r"^\| `(\w+)` \|", PAGE.split("## Views")[1], re.MULTILINE)
    assert len(views) == 7
    with database.transaction(example[0]) as connection:
        for view in views:
            row = connection.execute(
                """select obj_description(%(view)s::regclass) as of_view, count(*) as columns,
                       count(col_description(%(view)s::regclass, attnum)) as commented
                   from pg_attribute where attrelid = %(view)s::regclass and attnum > 0""",
                {"view": f"reporting.{view}"},
            ).fetchone()
            assert row["of_view"] and row["columns"] == row["commented"], view
