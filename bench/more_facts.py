"""Facts that the demo operator does not have, for the schemes that pay on them: operations, and plans.

Made from the benchmark's own files: every second subscriber has an operation, some bring a number and carry it away
again; every counterparty has its plans. Where that is asked for, a tenth of the operations are in dollars. They are loaded
for the steps that need them, and superseded by files without a row afterwards, so that the other steps calculate from the
same facts whichever steps ran before.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from bench import by_hand
from demo.draws import Draws
from prm import duck
from prm.duck import quote
from prm.period import Period

_KINDS = {
    "'terminal_sale'": 40, "'sim_replacement'": 20, "'contract_renewal'": 10, "'complaint'": 5, "'port_in'": 15, "'port_out'": 5,
    "'terminal_return'": 5,
}  # fmt: skip


def make_more_facts(data: Path, folder: Path, period: Period, *, in_dollars: bool = False) -> list[Path]:
    """Writes the period's operations, plans and rates into `folder`; returns the files.

    data: the benchmark's files. in_dollars: some operations are. A dollar is so many whole roubles: what is converted has no more
    places than what was reported, and what many versions pay of it stays a multiple.
    """
    draws = Draws(42)
    subscribers = quote(data / f"subscribers_{period}_*.csv")
    kinds = by_hand.columns_of("subscribers")
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in kinds.items() if name not in ("load_id", "row_number"))
    with duck.connect() as connection:
        connection.execute(f"""
            create table operations as
            select 'OP' || key || '-' || time as operation_id, subscriber_id,
                case when {draws.sql("where", "key", 10)} < 7
                     then 'T' || lpad((1 + {draws.sql("outlet", "key", "outlets")})::varchar, 5, '0') end as outlet_id,
                null::varchar as product_id,
                least(date '{period.end}', greatest(
                    activated_on, date '{period.start}' + {draws.sql("day", "key", period.end.day)}::integer
                ) + 7 * time) as performed_on,
                case when key % 40 > 0 then {draws.pick_sql("kind", "key", _KINDS)}
                     when time = 0 then 'port_in' else 'port_out' end as operation_kind,
                ((10000 + {draws.sql("amount", "key", 500_000)}) * 0.01::decimal(3, 2))::decimal(18, 2) as amount,
                case when {in_dollars} and key % 20 = 0 then 'USD' end as currency
            from (
                select *, unnest(range(0, case when key % 40 = 0 then 2 else 1 end))::integer as time
                from (
                    select subscriber_id, try_cast(subscriber_id as bigint) as key, min(activated_on) as activated_on
                    from read_csv({subscribers}, columns = {{{columns}}}, header = true, auto_detect = false, ignore_errors = true)
                    group by subscriber_id)
            ) as subscribers
            cross join (select count(*) as outlets from read_csv({quote(data / "outlets.csv")}, all_varchar = true)) as outlets
            where key % 2 = 0 and activated_on <= date '{period.end}'
            order by key, time""")
        connection.execute(f"""
            create table plans as
            select counterparty_id, plan, date '{period.start}' as starts_on,
                case plan when 'connections' then 1 + {draws.sql("connections", "key", 60)}
                    else 1000 + {draws.sql("revenue", "key", 200_000)} end as target
            from (select counterparty_id, row_number() over (order by counterparty_id) as key
                  from read_csv({quote(data / "counterparties.csv")}, all_varchar = true)) as counterparties
            cross join (values ('connections'), ('revenue')) as plans(plan)
            order by counterparty_id, plan""")
        connection.execute(f"""
            create table exchange_rates as
            select date '{period.start}' + (7 * week)::integer as rated_on, 'USD' as currency, 1 as units, 90 + week as rate, 'RUB' as base_currency
            from range(0, 5) as weeks(week) where {in_dollars} and rated_on <= date '{period.end}' order by week""")
        return [
            _write(connection, f"select * from {name}", folder / f"{file}.csv") for name, file in _files(period).items()
        ]


def make_no_more_facts(folder: Path, period: Period) -> list[Path]:
    """Writes files with the same columns and without a row, which supersede the others; returns them."""
    with duck.connect() as connection:
        return [
            _write(
                connection, f"select * from read_csv({quote(folder / f'{file}.csv')}, all_varchar = true) where false",
                folder / f"{file}_none.csv",
            )
            for file in _files(period).values()
        ]  # fmt: skip


def _files(period: Period) -> dict[str, str]:
    """The files' names without their ending, by table."""
    return {
        "operations": f"operations_{period}_center", "plans": f"plans_{period}_center", "exchange_rates": f"exchange_rates_{period}",
    }  # fmt: skip


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> Path:
    connection.execute(f"copy ({query}) to {quote(path)} (format csv, header)")
    return path
