"""Every query on the page for analysts runs, as an analyst, on a month that was calculated."""

import re

import pytest

from prm import database
from prm.settings import PROJECT

PAGE = (PROJECT / "docs" / "query.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_has_queries():
    assert len(QUERIES) >= 6


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.split("from ")[1].split()[0])
def test_a_query_of_the_page_runs_for_an_analyst(month, query):
    with database.transaction(month) as connection:
        connection.execute("set local role prm_analyst")
        connection.execute(query).fetchall()


def test_the_page_names_every_view(month):
    with database.transaction(month) as connection:
        views = connection.execute("select viewname from pg_views where schemaname = 'reporting'").fetchall()
    assert {row["viewname"] for row in views} <= set(re.findall(r"`(\w+)`", PAGE))
