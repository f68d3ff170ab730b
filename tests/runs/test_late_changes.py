"""What a file changes of closed months is said when it is loaded; what it brings for open ones is not."""

import importlib
from datetime import date

import typer.testing

import cli
import loaders
import registry
import runs
from prm import database
from tests.operators import Operator
from tests.schemes.drafts import SOUND

importlib.import_module("cli.load")


def test_a_file_that_reaches_closed_months_says_so(home):
    made = Operator()
    made.counterparty("D1")
    made.contract("C1", "D1", "trial", **{"attribute:fee": "310.00", "attribute:hobby": "chess"})
    made.contract("C2", "D1", "trial", valid_to=date(2026, 12, 31))
    made.charge("N00001", "5.00", date(2026, 9, 3))
    made.charge("N00001", "5.00", date(2026, 10, 3))
    path = home.home / "trial.yaml"
    path.write_text(SOUND, encoding="utf-8")
    with database.transaction(home) as connection:
        registry.add_scheme(connection, path)

    def offer() -> dict[str, list[str]]:
        """The closed months that each changed file is said to reach."""
        made.write(home.inbox)
        with database.transaction(home) as connection:
            return {
                result.data_set: [str(period) for period in runs.closed_by_load(connection, result)]
                for result in loaders.load_inbox(home)
                if result.changed
            }

    assert set(map(tuple, offer().values())) == {()}
    with database.transaction(home) as connection:
        for month in ("2026-08", "2026-09"):
            connection.execute(
                "insert into runs.period_decisions (period, what, author, content_hash) values (%s, 'closed', 'x', '')",
                [month],
            )
    made.counterparties[0]["name"] = "ООО «Другое имя»"
    made.contracts[0]["attribute:hobby"] = "go"  # no rule reads it
    assert offer() == {"counterparties": [], "contracts": []}
    made.contracts[0]["attribute:fee"] = "320.00"  # from the contract's first day
    assert offer() == {"contracts": ["2026-08", "2026-09"]}
    made.contracts[1]["valid_to"] = date(2026, 9, 10)
    assert offer() == {"contracts": ["2026-09"]}
    made.contracts[1]["valid_to"] = date(2026, 10, 10)
    assert offer() == {"contracts": ["2026-09"]}
    made.contracts[1]["valid_to"] = date(2026, 11, 10)
    assert offer() == {"contracts": []}
    made.charge("N00001", "7.00", date(2026, 9, 4))
    made.write(home.inbox)
    told = typer.testing.CliRunner().invoke(cli.app, ["load", str(home.inbox / "charges_2026-09_ural.csv")]).output
    assert "this reaches closed months: 2026-09. Their readers see no change" in " ".join(told.split())
