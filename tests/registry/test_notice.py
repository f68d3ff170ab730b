"""Adding a version says which contracts come under it later than on its first day, and which never do."""

import pytest
from typer.testing import CliRunner

import cli.registry
from prm import database
from tests.schemes.drafts import SOUND, broken

NEW = broken(
    "version: 1", "version: 2", broken("valid_from: 2026-01-01", "valid_from: 2026-11-01\nannounced_on: 2026-10-15")
)


@pytest.fixture
def add(home, tmp_path):
    with database.transaction(home) as connection:
        connection.execute("insert into registry.branches values ('ural')")
        connection.execute(
            "insert into registry.counterparties (counterparty_id, name, kind, branch) values ('D1', 'D1', 'dealer', 'ural')"
        )
        for number, (begins, ends, status, days) in enumerate([
            ("2026-01-01", None, "active", 10), ("2026-01-01", None, "active", 30), ("2026-01-01", None, "active", 30),
            ("2026-01-01", None, "active", None), ("2026-11-05", None, "active", 60), ("2026-01-01", "2026-10-31", "active", 60),
            ("2026-01-01", None, "suspended", 60), ("2026-01-01", None, "active", 90),
        ], start=1):  # fmt: skip
            connection.execute(
                """insert into registry.contracts (contract_id, counterparty_id, scheme, valid_from, valid_to, status, currency,
                       vat_status, settlement_level, notice_days)
                   values (%s, 'D1', 'trial', %s, %s, %s, 'RUB', 'payer', 'counterparty', %s)""",
                [f"C{number}", begins, ends, status, days],
            )

    def add(*texts, language="en"):
        files = []
        for number, text in enumerate(texts):
            files.append(str(tmp_path / f"{number}.yaml"))
            (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
        result = CliRunner().invoke(cli.registry.group, ["add-scheme", *files, "--lang", language])
        assert result.exit_code == 0, result.output
        return [line for line in result.stdout.splitlines() if line.startswith("  ")]

    assert add(SOUND) == []
    return add


def test_contracts_that_demand_notice_are_named_with_their_day(add):
    assert add(NEW) == [
        "  contracts that demand notice come under it from 14 November 2026: C2, C3",
        "  contracts that demand notice come under it from 13 January 2027: C8",
    ]
    assert add(NEW) == []  # it is there already


def test_a_contract_for_which_the_next_version_is_sooner_never_comes_under_it(add):
    third = (
        NEW.replace("version: 2", "version: 3").replace("2026-11-01", "2026-12-01").replace("2026-10-15", "2026-09-01")
    )
    assert add(third) == []
    assert add(NEW, language="ru") == [
        "  договоры, требующие уведомления, переходят на неё с 14 ноября 2026: C2, C3",
        "  договоры, которые на неё не перейдут, — следующая версия наступит раньше, чем кончится уведомление: C8",
    ]
