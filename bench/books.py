"""Books without a calculation: counterparties, their contracts and accounts, and months of rewards, as SQL makes them.

What is measured on them (`bench.settling`) is the settling alone.
"""

from __future__ import annotations

from psycopg import sql

from demo.bank_accounts import BANKS, operator_yaml
from prm import database
from prm.bank_details import with_key
from prm.period import Period
from prm.settings import Settings

COMPONENTS = 3


def fresh(settings: Settings, name: str) -> Settings:
    """Settings of a new, empty database of that name on the benchmark's server; a former one is dropped."""
    with database.connect_login(settings, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
    made = Settings(home=settings.home / name, database_url=database.create_database(name, settings))
    database.migrate(made)
    made.home.mkdir(parents=True, exist_ok=True)
    (made.home / "operator.yaml").write_text(operator_yaml(), encoding="utf-8")
    return made


def add_counterparties(settings: Settings, count: int) -> None:
    """D000001, D000002… with a contract each, without VAT, and an account."""
    bank = BANKS[0]
    accounts = [with_key(f"40702810000000{number:06d}", bank.bic) for number in range(1, count + 1)]
    with database.transaction(settings) as connection:
        connection.execute("insert into registry.branches values ('ural')")
        connection.execute(
            """insert into registry.counterparties (counterparty_id, name, kind, branch, tax_number)
               select format('D%%s', lpad(n::text, 6, '0')), format('ООО «Дилер %%s»', n), 'dealer', 'ural', '6600000000'
               from generate_series(1, %s) as n""",
            [count],
        )
        connection.execute(
            """insert into registry.contracts (contract_id, counterparty_id, scheme, valid_from, status, currency, vat_status,
                   settlement_level)
               select 'C' || counterparty_id, counterparty_id, 'scheme', '2020-01-01', 'active', 'RUB', 'exempt',
                      'counterparty'
               from registry.counterparties"""
        )
        connection.execute(
            """insert into registry.bank_accounts (bank_account_id, counterparty_id, recipient, tax_number, kpp, account, bank,
                   bic, correspondent_account, currency, valid_from)
               select 'B' || counterparty_id, counterparty_id, name, tax_number, '660001001',
                      (%s::text[])[right(counterparty_id, 6)::int], %s, %s, %s, 'RUB', '2020-01-01'
               from registry.counterparties""",
            [accounts, bank.name, bank.bic, bank.correspondent_account],
        )
    with database.connect(settings, autocommit=True) as connection:
        connection.execute("analyze")


def add_month(settings: Settings, period: Period) -> None:
    """A run that has published three rewards of a line each for everybody, as a calculation would have left it."""
    of = {"period": str(period), "components": COMPONENTS}
    with database.transaction(settings) as connection:
        connection.execute("select results.make_partitions(%s, %s)", [str(period), ["rewards", "reward_lines"]])
        row = connection.execute(
            "insert into runs.runs (period, state, finished_at) values (%(period)s, 'published', now()) returning run_id",
            of,
        ).fetchone()
        assert row is not None
        of["run"] = row["run_id"]
        connection.execute(
            """insert into results.rewards
               select %(run)s, %(period)s, counterparty_id, contract_id, 'scheme', 1, 'component_' || n, 'RUB', 1, 1, 0,
                      100 * n + right(counterparty_id, 4)::int / 100.0
               from registry.contracts cross join generate_series(1, %(components)s) as n""",
            of,
        )
        connection.execute(
            """insert into results.reward_lines (run_id, period, counterparty_id, contract_id, component, currency, stream,
                   event_date, amount, outcome)
               select run_id, period, counterparty_id, contract_id, component, currency, 'charge',
                      to_date(period, 'YYYY-MM'), amount, 'paid'
               from results.rewards where run_id = %(run)s and period = %(period)s""",
            of,
        )
        connection.execute(
            """insert into results.versions
               select run_id, period, counterparty_id, count(*), sum(amount), md5(string_agg(amount::text, '|' order by component))
               from results.rewards where run_id = %(run)s and period = %(period)s
               group by run_id, period, counterparty_id""",
            of,
        )
        connection.execute(
            """insert into runs.version_moves (period, counterparty_id, to_run, what)
               select period, counterparty_id, run_id, 'published' from results.versions where run_id = %(run)s""",
            of,
        )
        connection.execute(
            """insert into runs.current_versions
               select period, counterparty_id, run_id from results.versions where run_id = %(run)s""",
            of,
        )
