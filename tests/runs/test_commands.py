"""The commands refuse what is half said."""

import importlib

import pytest
import typer.testing

import cli
from prm.errors import PrmError

importlib.import_module("cli.calculate")


def call(*arguments):
    return typer.testing.CliRunner().invoke(cli.app, arguments)


def test_a_range_of_months_that_ends_before_it_begins_is_an_error_not_nothing():
    with pytest.raises(PrmError, match="ends before it begins"):
        raise call("calculate", "2026-10..2026-08").exception


@pytest.mark.parametrize("scope", [[], ["--all", "--counterparty", "D00001"]])
def test_rolling_back_wants_either_counterparties_or_all(scope):
    refused = call("rollback", "2026-10", "--reason", "x", *scope)
    assert refused.exit_code == 2 and "--all" in refused.output


def test_rolling_back_wants_a_reason():
    assert call("rollback", "2026-10", "--all").exit_code == 2
