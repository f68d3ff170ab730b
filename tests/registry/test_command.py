"""`prm registry set-attribute`: one way to give a value to a contract, a counterparty or a branch."""

from typer.testing import CliRunner

import cli.registry
from prm import database


def run(*arguments: str):
    return CliRunner().invoke(cli.registry.group, ["set-attribute", "charge_share", "0.06", *arguments])


def test_a_value_goes_to_the_one_holder_that_is_named(home):
    with database.transaction(home) as connection:
        connection.execute("insert into registry.branches values ('ural')")
    day = ("--from", "2026-10-01")
    result = run("--branch", "ural", *day, "--author", "olga")
    assert result.exit_code == 0 and result.stdout.startswith("branch ural: charge_share is 0.06 from 2026-10-01\n")
    with database.transaction(home) as connection:
        (value,) = connection.execute("select branch, value, author from reporting.branch_attributes").fetchall()
    assert tuple(value.values()) == ("ural", "0.06", "olga")
    for holders in ((), ("--branch", "ural", "--contract", "C1")):
        result = run(*holders, *day)
        assert result.exit_code == 2 and "--contract, --counterparty" in result.output
