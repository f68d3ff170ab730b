"""The facts that two runs of a period have pinned, side by side: which rows differ, and whose results they tell on.

Whose: the owners as the earlier run saw them, and those that links and kits as they are now point to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from prm import duck
from prm.period import Period
from prm.settings import Settings
from runs.inputs import FACTS, OF_THE_PERIOD, facts_query

_DAYS = {"kit_sales": "sold_on", "subscribers": "changed_on", "antifraud_marks": "valid_from"}
_LOOKED_UP = (*FACTS, "charges_since", "payments_since")


@dataclass
class PinnedFacts:
    """Two runs' facts. before, after: their manifests; the folders are the runs'. engine: a connection of its own."""

    engine: duckdb.DuckDBPyConnection
    before: dict[str, Any]
    after: dict[str, Any]
    before_folder: Path
    after_folder: Path
    period: Period
    settings: Settings
    _differing: dict[str, int] = field(default_factory=dict)
    _has_active: bool = False

    data_sets = _LOOKED_UP

    def files(self, data_set: str) -> tuple[set[str], set[str]]:
        """The loads that only the earlier run has, and those that only the later one has."""
        gone, come = ({load["load_id"] for load in of} for of in self._loads_apart(data_set))
        return gone, come

    def differing(self, data_set: str) -> int:
        """How many rows only one of the two has, up to the period's end; made visible as `differing_<data set>`."""
        if data_set not in self._differing:
            self._differing[data_set] = self._compare(data_set)
        return self._differing[data_set]

    def owners_of_differing(self, data_set: str) -> frozenset[str]:
        """Whose results the differing rows of a data set may change."""
        table, start = f"differing_{data_set}", f"date '{self.period.start}'"
        if data_set == "plans":
            return self._names(f"select counterparty_id from {table}")
        if data_set == "kit_sales":
            reports = f"({self._query('before', 'subscribers')} union all {self._query('after', 'subscribers')})"
            asked = f"select subscriber_id from {reports} where iccid in (select iccid from {table})"
            return self.owners(self._active(asked), after=True)
        if data_set in ("subscribers", "antifraud_marks"):
            day = _DAYS[data_set]
            happened = self._names(f"select subscriber_id from {table} where {day} >= {start}")
            return self.owners(
                happened | self._active(f"select subscriber_id from {table}"), after=True, accepting=True
            )
        if data_set.endswith("_since"):
            return self.owners(self._active(self._in_first_days(table, data_set)), accepting=True)
        whose = self.owners(self._names(f"select subscriber_id from {table} where subscriber_id is not null"))
        if "outlet_id" in FACTS.get(data_set, ()):
            whose |= self._names(f"""
                select coalesce(outlets.counterparty_id, '') from {table} as rows
                left join {self._input("after", "outlets")} as outlets on rows.outlet_id = outlets.outlet_id
                where rows.outlet_id is not null or rows.subscriber_id is null""")
        return whose

    def subscribers_by_hand(self, table: str) -> frozenset[str]:
        """Subscribers of whom anything happened in the period and whose links, or marks, by hand differ on its days."""
        start, end = f"date '{self.period.start}'", f"date '{self.period.end}'"
        outlet = "outlet_id," if table == "links" else ""
        since = "date '0001-01-01'" if self._looks_later() else f"{start} - 1"
        sides = [
            f"""select subscriber_id, {outlet} greatest(valid_from, {since}), least(coalesce(valid_to, {end}), {end})
                from {self._input(side, table)}
                where valid_from <= {end} and coalesce(valid_to, {end}) >= {since}"""
            for side in ("before", "after")
        ]
        return self._active(
            f"select subscriber_id from ((({sides[0]}) except ({sides[1]})) union all (({sides[1]}) except ({sides[0]})))"
        )

    def owners(self, subscribers: Iterable[str], after: bool = False, accepting: bool = False) -> frozenset[str]:
        """Whose these subscribers were or are, and who was paid on them; '' for those that are nobody's.

        after: also those whom links and kits as they are now point to. accepting: also those at whose outlets they paid.
        """
        self._ask(subscribers)
        start, end = f"date '{self.period.start}'", f"date '{self.period.end}'"
        self.engine.execute(f"""
            create or replace temp table owned as
            select subscriber_id, coalesce(counterparty_id, '') as counterparty_id
            from read_parquet({duck.quote(self.before_folder / "tables" / "int_ownership.parquet")})
            where subscriber_id in (select subscriber_id from asked) and valid_from <= {end} and valid_to >= {start}
        """)
        outlets = self._input("after", "outlets")
        pointed = f"""
            select links.subscriber_id, outlets.counterparty_id
            from {self._input("after", "links")} as links inner join {outlets} as outlets using (outlet_id)
            where valid_from <= {end}
            union all
            select reports.subscriber_id, outlets.counterparty_id
            from ({self._query("after", "subscribers")}) as reports
            inner join ({self._query("after", "kit_sales")}) as sales using (iccid)
            inner join {outlets} as outlets using (outlet_id)
            where sales.sold_on <= {end}
        """
        known = "" if after else "and subscriber_id not in (select subscriber_id from owned)"
        self.engine.execute(f"""
            insert into owned
            select distinct subscriber_id, counterparty_id from ({pointed})
            where subscriber_id in (select subscriber_id from asked) {known}
        """)
        paid = " union all ".join(
            f"select counterparty_id from {self._input(side, 'paid_lines')} where subscriber_id in (from asked)"
            for side in ("before", "after")
        )
        if accepting:
            paid += "".join(
                f""" union all select outlets.counterparty_id from ({self._query("after", data_set)}) as events
                     inner join {outlets} as outlets using (outlet_id) where events.subscriber_id in (from asked)"""
                for data_set in ("payments", "operations")
            )
        return self._names(f"""
            select counterparty_id from owned
            union all select '' from asked where subscriber_id not in (select subscriber_id from owned)
            union all {paid}""")

    def holders(self, key: str, ids: Iterable[str]) -> frozenset[str]:
        """The counterparties with a contract in the period to which one of these belongs: by contract_id,
        counterparty_id, branch or scheme."""
        self._ask(ids)
        start, end = f"date '{self.period.start}'", f"date '{self.period.end}'"
        sides = " union all ".join(
            f"""select counterparties.counterparty_id
                from {self._input(side, "contracts")} as contracts
                inner join {self._input(side, "counterparties")} as counterparties using (counterparty_id)
                where {key} in (from asked) and valid_from <= {end} and coalesce(valid_to, {end}) >= {start}"""
            for side in ("before", "after")
        )
        return self._names(sides)

    def owners_of_products(self, ids: Iterable[str]) -> frozenset[str]:
        """Whose events of the earlier run were of these products."""
        self._ask(ids)
        events = duck.quote(self.before_folder / "tables" / "int_events.parquet")
        return self._names(
            f"select coalesce(counterparty_id, '') from read_parquet({events}) where product_id in (from asked)"
        )

    def rates_differ(self) -> bool:
        """Whether amounts are converted otherwise."""
        return bool(self.engine.execute(f"select 1 from ({self._apart('conversions')}) limit 1").fetchone())

    def earlier_that_differ(self) -> list[tuple[frozenset[str], frozenset[str]]]:
        """Earlier results that are looked back at and differ: (their periods, whose results look back at them)."""
        self._know_active()
        contracts = self._input("after", "contracts")
        rows = self.engine.execute(f"""
            select measures.counterparty_id, volumes.period
            from ({self._apart("earlier_volumes")}) as volumes
            inner join {self._input("after", "measures")} as measures
                on volumes.contract_id = measures.of_contract_id and volumes.component = measures.measure
            union
            select contracts.counterparty_id, found.of_period
            from ({self._apart("earlier_totals")}) as found
            inner join {self._input("after", "totals")} as totals
                on found.contract_id = totals.of_contract_id and found.component = totals.component
            inner join {contracts} as contracts on totals.contract_id = contracts.contract_id
            union
            select counterparty_id, period from ({self._apart("paid_lines")}) as lines
            where subscriber_id in ({self._may_take_back()})
            union
            select counterparty_id, 'before' from ({self._balances_apart()}) as balances
            where subscriber_id in (from active)
        """).fetchall()
        periods: dict[str, set[str]] = {}
        for counterparty_id, period in rows:
            periods.setdefault(counterparty_id, set()).add("earlier months" if period == "before" else period)
        grouped: dict[frozenset[str], set[str]] = {}
        for counterparty_id, of in periods.items():
            grouped.setdefault(frozenset(of), set()).add(counterparty_id)
        return [(of, frozenset(grouped[of])) for of in sorted(grouped, key=sorted)]

    # --- how

    def _loads_apart(self, data_set: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        def loads(manifest: dict[str, Any]) -> dict[tuple, dict[str, Any]]:
            of = manifest["loads"].get(data_set, [])
            if data_set.endswith("_since"):  # the period's own are compared as themselves
                of = [load for load in of if load["period"] != str(self.period)]
            return {(load["load_id"], load["period"]): load for load in of}

        before, after = loads(self.before), loads(self.after)
        return (
            [before[key] for key in sorted(set(before) - set(after), key=str)],
            [after[key] for key in sorted(set(after) - set(before), key=str)],
        )

    def _compare(self, data_set: str) -> int:
        gone, come = self._loads_apart(data_set)
        if not gone and not come:
            return 0
        columns = FACTS[data_set.removesuffix("_since")]
        names = ", ".join(name for name in columns if name not in ("load_id", "row_number"))
        until = f"where {_DAYS[data_set]} <= date '{self.period.end}'" if data_set in _DAYS else ""
        sides = [
            f"(select {names} from ({facts_query(columns, [self.settings.home / load['path'] for load in of])}) {until})"
            for of in (gone, come)
        ]
        self.engine.execute(f"""
            create or replace temp table differing_{data_set} as
            ({sides[0]} except all {sides[1]}) union all ({sides[1]} except all {sides[0]})
        """)
        return self.engine.execute(f"select count(*) from differing_{data_set}").fetchone()[0]  # type: ignore[index]

    def _query(self, side: str, data_set: str) -> str:
        loads = (self.before if side == "before" else self.after)["loads"].get(data_set, [])
        return facts_query(FACTS[data_set], [self.settings.home / load["path"] for load in loads])

    def _input(self, side: str, table: str) -> str:
        folder = self.before_folder if side == "before" else self.after_folder
        return f"read_parquet({duck.quote(folder / 'inputs' / f'{table}.parquet')})"

    def _apart(self, table: str) -> str:
        """SQL of the rows of a pinned table that only one side has."""
        sides = [f"(select * from {self._input(side, table)})" for side in ("before", "after")]
        return f"({sides[0]} except {sides[1]}) union all ({sides[1]} except {sides[0]})"

    def _balances_apart(self) -> str:
        """SQL of the subscribers, by counterparty, for whom something else had been paid; runs of before kept no such."""
        table = "subscriber_balances"
        if not (self.before_folder / "inputs" / f"{table}.parquet").exists():
            return f"select * from {self._input('after', table)}"
        return self._apart(table)

    def _looks_later(self) -> bool:
        """Whether activations of earlier periods are looked at in this one."""
        return bool(self.engine.execute(f"select 1 from {self._input('after', 'delays')} limit 1").fetchone())

    def _in_first_days(self, table: str, data_set: str) -> str:
        """SQL of the subscribers of whose first days, as many as some rule asks for, rows of a table tell."""
        day = {"charges_since": "charged_on", "payments_since": "paid_on"}[data_set]
        reports = " union all ".join(self._query(side, "subscribers") for side in ("before", "after"))
        asked = " union all ".join(
            f"select days from {self._input(side, 'activities')}" for side in ("before", "after")
        )
        return f"""
            select distinct subscriber_id from {table}
            inner join (select distinct subscriber_id, activated_on from ({reports})) using (subscriber_id)
            where {day} >= activated_on and {day} < activated_on + (select max(days) from ({asked}))::int
        """

    def _may_take_back(self) -> str:
        """SQL of subscribers of whom anything happened that can take back what was paid."""
        start, end = f"date '{self.period.start}'", f"date '{self.period.end}'"
        since = "date '0001-01-01'" if self._looks_later() else start
        marks = " union all ".join(
            f"select subscriber_id from {of} where valid_from between {start} and {end}"
            for of in (f"({self._query('after', 'antifraud_marks')})", self._input("after", "fraud_marks"))
        )
        return f"""
            select subscriber_id from ({self._query("after", "subscribers")}) where changed_on between {since} and {end}
            union all select subscriber_id from ({self._query("after", "operations")}) where subscriber_id is not null
            union all {marks}
        """

    def _active(self, query: str) -> frozenset[str]:
        """The subscribers of a query of whom the period has an event, on either side."""
        self._know_active()
        return self._names(f"select subscriber_id from ({query}) where subscriber_id in (from active)")

    def _know_active(self) -> None:
        """Makes the table `active`."""
        if not self._has_active:
            facts = " union all ".join(
                f"select subscriber_id from ({self._query(side, data_set)})"
                for side in ("before", "after")
                for data_set in OF_THE_PERIOD
                if "subscriber_id" in FACTS[data_set]
            )
            self.engine.execute(
                f"create temp table active as select distinct subscriber_id from ({facts} union all {self._may_take_back()})"
            )
            self._has_active = True

    def _ask(self, ids: Iterable[str]) -> None:
        self.engine.execute("create or replace temp table asked (subscriber_id varchar)")
        self.engine.execute("insert into asked select unnest(?::varchar[])", [sorted(ids)])

    def _names(self, query: str) -> frozenset[str]:
        return frozenset(name for (name,) in self.engine.execute(f"select distinct * from ({query})").fetchall())
