"""`prm registry set-attribute`: one way to give a value to a contract, a counterparty or a branch."""

from typer.testing import CliRunner

import cli.registry
from prm import database
from tests.schemes.drafts import SOUND, broken


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


def test_a_version_that_reaches_closed_months_says_so_and_why(home, tmp_path):
    with database.transaction(home) as connection:
        for month in ("2026-08", "2026-09"):
            connection.execute(
                "insert into runs.period_decisions (period, what, author, content_hash) values (%s, 'closed', 'x', '')",
                [month],
            )
    first, second = tmp_path / "trial.yaml", tmp_path / "trial_2.yaml"
    first.write_text(SOUND, encoding="utf-8")
    text = broken("valid_from: 2026-01-01", "valid_from: 2026-08-10", broken("version: 1", "version: 2"))
    second.write_text(broken('default: "0.05"', 'default: "0.04"', text), encoding="utf-8")

    def told(*arguments):
        result = CliRunner().invoke(cli.registry.group, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output
        return result.output

    assert "closed months" not in told("add-scheme", first)
    refused = CliRunner().invoke(cli.registry.group, ["add-scheme", str(second)])
    assert "From 2026-08-10 on it reaches closed months: 2026-08, 2026-09. Say why" in str(refused.exception)
    assert "added" not in refused.output
    why = ("--reason", "court ruling 12", "--author", "olga")
    assert "this reaches closed months: 2026-08, 2026-09. Their readers see no change" in told(
        "add-scheme", second, *why
    )
    assert "closed months" not in told("add-scheme", second)  # it is there already
    with database.transaction(home) as connection:
        rows = connection.execute("select added_by, reason from reporting.scheme_versions order by version").fetchall()
    assert rows[0]["reason"] is None and tuple(rows[1].values()) == ("olga", "court ruling 12")


def test_a_reason_is_kept_only_with_a_version_that_reaches_closed_months(home, tmp_path):
    first, second = tmp_path / "trial.yaml", tmp_path / "trial_2.yaml"
    first.write_text(SOUND, encoding="utf-8")
    second.write_text(
        broken("version: 1", "version: 2", broken("valid_from: 2026-01-01", "valid_from: 2026-08-10")), encoding="utf-8"
    )
    for what in (["add-scheme", str(first), str(second)], ["add-library"]):
        added = CliRunner().invoke(cli.registry.group, [*what, "--reason", "a new price list"])
        assert added.exit_code == 0 and "closed months" not in added.output, added.output
    with database.transaction(home) as connection:
        (kept,) = connection.execute(
            "select count(*) as versions, count(reason) as reasons from reporting.scheme_versions"
        )
    assert kept["versions"] > 2 and kept["reasons"] == 0  # or prm explain would say that months were closed then
