"""The data dictionary: every view for analysts and every column of it, from the database's own comments."""

from __future__ import annotations

from prm import database
from prm.settings import Settings

_COLUMNS = """
    select relname as view, obj_description(pg_class.oid) as meaning, attname as column,
           format_type(atttypid, atttypmod) as type, col_description(pg_class.oid, attnum) as column_meaning
    from pg_class
    join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    where relnamespace = 'reporting'::regnamespace and relkind = 'v'
    order by relname, attnum
"""
_HEAD = """# Data dictionary

Every view of the schema `reporting`, and its columns. `prm dictionary` prints this page from the database's own comments.
[query.md](query.md) has examples.
"""


def dictionary(settings: Settings | None = None) -> str:
    """The dictionary as a page of Markdown."""
    with database.transaction(settings) as connection:
        rows = connection.execute(_COLUMNS).fetchall()
    parts, view = [_HEAD], None
    for row in rows:
        if row["view"] != view:
            view = row["view"]
            parts.append(f"\n## {view}\n{row['meaning']}\n\n| column | type | meaning |\n| --- | --- | --- |\n")
        parts.append(f"| `{row['column']}` | {row['type']} | {_cell(row['column_meaning'])} |\n")
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
