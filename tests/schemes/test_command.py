"""`prm scheme`: a draft's problems as file:line:column on the screen, and exit codes that a pipeline can use."""

from typer.testing import CliRunner

import cli.scheme
import schemes
from tests.schemes.drafts import SOUND, broken


def run(*arguments: object):
    return CliRunner().invoke(cli.scheme.group, [str(argument) for argument in arguments])


def test_check_prints_every_problem_and_exits_with_one(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(SOUND, encoding="utf-8")
    bad.write_text(broken("currency: RUB", "currency: rubles", broken("version: 1", "version: 0")), encoding="utf-8")
    result = run("check", good, bad)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{good}: in order",
        f"{bad}:2:10: Versions begin with 1.",
        f"{bad}:6:11: 'rubles' is not a currency. Use its three letters: RUB.",
    ]
    assert run("check", good).exit_code == 0


def test_explain_reads_in_the_language_asked_for():
    file = schemes.LIBRARY / "dealer_standard.yaml"
    assert "Стандартный дилер" in run("explain", file, "--lang", "ru").stdout
    assert "Standard dealer" in run("explain", file, "--lang", "en").stdout
    assert run("explain", file, "--lang", "de").exit_code == 2
