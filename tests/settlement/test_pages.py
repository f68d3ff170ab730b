"""The pages on penalties and reconciliation: their queries run as an analyst's, their tables name what there is."""

import re

import pytest

from loaders.contract import given_contract
from prm import database
from prm.settings import PROJECT
from settlement.penalties import KINDS as PENALTIES
from settlement.reconciliation.kinds import _SAID, KINDS

PENALTIES_PAGE, RECONCILIATION_PAGE = (
    (PROJECT / "docs" / name).read_text(encoding="utf-8") for name in ("penalties.md", "reconciliation.md")
)
QUERIES = [
    query
    for page in (PENALTIES_PAGE, RECONCILIATION_PAGE)
    for query in re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.split("from ")[1].split()[0])
def test_a_query_of_a_page_runs(home, query):
    with database.transaction(home) as connection:
        connection.execute("set local role prm_analyst")
        connection.execute(query)


def test_every_view_and_column_is_explained(home):
    with database.transaction(home) as connection:
        rows = connection.execute(
            """select relname, attname, col_description(pg_class.oid, attnum) as column_says, obj_description(pg_class.oid) as view_says
               from pg_class join pg_attribute on attrelid = pg_class.oid
               where relnamespace = 'reporting'::regnamespace and relkind = 'v' and attnum > 0"""
        ).fetchall()
    silent = [f"{row['relname']}.{row['attname']}" for row in rows if not (row["column_says"] and row["view_says"])]
    assert len(rows) > 100 and silent == []
    for name in ("penalties", "penalty_decisions", "penalty_evidence"):
        assert f"| `{name}` |" in PENALTIES_PAGE
    for name in ("reconciliations", "reconciliation_lines", "reconciliation_entries", "counterparty_figures",
                 "calculated_not_posted", "owed_not_paid", "paid_not_accrued"):  # fmt: skip
        assert f"`{name}` |" in RECONCILIATION_PAGE


def test_the_page_names_every_column_and_kind_of_the_figures():
    for column in given_contract("counterparty_figures").columns.values():
        assert f"| `{column.name}`" in RECONCILIATION_PAGE
    for kind in (*KINDS, *PENALTIES):
        assert f"`{kind}`" in RECONCILIATION_PAGE + PENALTIES_PAGE
    words = [word for said in _SAID.values() for word in said]
    assert sum(word.casefold() in RECONCILIATION_PAGE.casefold() for word in words) > 25
