"""The `prm` command: the same functions that the DAGs call, by hand. One file a group of subcommands.

Each module here defines functions registered on `app`; a `PrmError` is printed as one line (a scheme's problems as one
each), in the language that was asked for, and exits with 1, and so is a database that `prm migrate` has not seen.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import NoReturn

import psycopg
import typer

from cli.language import spoken
from prm import troubles
from prm.errors import PrmError
from prm.words import Words

app = typer.Typer(
    name="prm",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What an operator owes its dealers, agents and partners: load, calculate, publish, roll back.",
)

GROUPS = [
    "database",
    "backup",
    "load",
    "registry",
    "scheme",
    "calculate",
    "periods",
    "versions",
    "what_if",
    "ledger",
    "settling",
    "payouts",
    "penalties",
    "reconcile",
    "control",
    "check",
    "explain",
    "report",
    "form",
    "send",
    "quality",
    "demo",
    "airflow",
    "docs",
]


@app.callback()
def _options(debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error.")) -> None:
    if debug:
        os.environ["PRM_DEBUG"] = "1"


def main() -> None:
    """Runs the command line."""
    for group in GROUPS:
        importlib.import_module(f"cli.{group}")
    try:
        app()
    except PrmError as error:
        _stop(error)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        # Whatever asked first met tables that are not there: none were made yet, or an older version made them.
        what = Words(
            en="The database has not been set up for this version.", ru="База данных не подготовлена для этой версии."
        )
        _stop(PrmError(what, hint=Words(en="Run: prm migrate.", ru="Выполните: prm migrate.")))
    except Exception as error:
        if (told := troubles.in_words(error)) is None:
            raise
        _stop(told)


def _stop(error: PrmError) -> NoReturn:
    if os.environ.get("PRM_DEBUG"):
        raise
    told = error.text(spoken())
    print(told if error.is_list else f"prm: {told}", file=sys.stderr)
    raise SystemExit(1) from None
