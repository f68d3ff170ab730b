"""Whatever a file holds, every row of it ends in exactly one place: the lake, or quarantine with a reason."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import loaders
from tests.loaders.helpers import CHARGES, lake_rows, write

FIELD = some.sampled_from(
    [
        "",
        "C1",
        "C2",
        "2026-10-05",
        "05.10.2026",
        "2026-11-01",
        "10.50",
        "-3",
        "1e5",
        "1.23456",
        "monthly",
        "жук",
        '"a""b"',
        " ",
        "'",
    ]
)
SOUND = some.builds(
    lambda key: [key, "S1", "P1", "2026-10-05", "1.00", "usage"], some.sampled_from(["C1", "C2", "C3", "C4"])
)
ROW = some.one_of(SOUND, some.lists(FIELD, min_size=2, max_size=8))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=some.lists(ROW, min_size=1, max_size=12))
def test_every_row_is_in_exactly_one_place(home, rows):
    text = "\n".join([",".join(CHARGES), *(",".join(row) for row in rows)]) + "\n"
    folder = Path(tempfile.mkdtemp(dir=home.home))
    result = loaders.load(write(folder, "charges_2026-10_ural.csv", text), settings=home)
    assert result.outcome in ("accepted", "reinstated", "offered again"), result.words
    accepted = [row["row_number"] for row in lake_rows(home, "charges", result.load_id)] if result.rows_accepted else []
    refused = [row["row_number"] for row in loaders.quarantined_rows(result.load_id, home)]
    assert sorted(accepted + refused) == list(range(1, len(rows) + 1))
    assert result.rows_total == len(rows) == result.rows_accepted + result.rows_quarantined
