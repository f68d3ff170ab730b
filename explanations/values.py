"""What the names of a rule stood for on a line, as its run saw them, and where each value came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

import schemes
from explanations.measured import Measured
from explanations.model import Used
from explanations.sides import compared_expressions, kind_of
from explanations.wording import EVENT_ORIGINS, WORDS, with_minus
from prm.period import Period
from prm.words import Language, format_day
from runs import OF_FIRST_DAYS, OpenedRun
from schemes.formula import Formula
from schemes.model_names import ACTIVITIES, INSTALMENTS, MONTHS, month
from schemes.rounding import portion
from schemes.rules import Activity


@dataclass
class Values:
    """The values of one rule on one line.

    on: the stream of the rule's formulas, or `period`. day: on which terms and attributes held. event: the columns of
    the event. file_of: the name of a load's file. why_of: why a value was agreed, in brackets; empty where
    nobody said. special: names that only this line knows (what was paid, the number of the instalment). windows: the
    conditions outside of which the rule asks for no first days.
    """

    run: OpenedRun
    scheme: schemes.Scheme
    contract: Mapping[str, Any]
    on: str
    day: date
    language: Language
    file_of: Callable[[str], str]
    why_of: Callable[[schemes.AgreedValue], str]
    event: Mapping[str, Any] = field(default_factory=dict)
    special: Mapping[str, schemes.Value | None] = field(default_factory=dict)
    special_origins: Mapping[str, str] = field(default_factory=dict)
    windows: tuple[Formula, ...] = ()
    _known: dict[str, schemes.Value | None] = field(default_factory=dict)
    _calls: dict[str, _Call] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.filled = schemes.Filled(self.scheme, self.on, self.day, self.find)
        self.of_period = schemes.Filled(self.scheme, schemes.PERIOD, self.day, self.find)
        self.teller = schemes.FilledTeller(self.scheme, self.language, self.told)
        self.slots = schemes.slots_of(self.scheme)
        self._filled_slots = len(self.slots.measures)
        self.measured = Measured(self)

    # --- what formulas come to

    def evaluate(self, formula: Formula) -> Any:
        """What a formula of the rule came to, exactly; None where a value is unknown."""
        return self.ask(self.filled.sql(formula))

    def ask(self, sql: str) -> Any:
        """What an expression in SQL comes to, in the engine that calculated."""
        row = self.run.connection.execute(f"select {sql}").fetchone()
        assert row is not None
        return row[0]

    # --- the value of a name

    def find(self, name: str) -> schemes.Value | None:
        """The value of a name, or of an activity."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> schemes.Value | None:
        scheme = self.scheme
        if name in self.special:
            return self.special[name]
        if self._is_of_event(name):
            return _value(self.event.get(name))
        if name.partition("(")[0] in ACTIVITIES:
            return self._activity(name)
        if name in scheme.attributes:
            return self._attribute(name)
        if name in scheme.terms:
            return scheme.terms[name].on(self.day)
        if name in scheme.measures:
            return self._measure(scheme.measures[name])
        if name in scheme.values:
            value = scheme.values[name]
            sql = self.of_period.sql(value.formula)
            if value.type in ("money", "share", "number"):
                sql = f"cast({sql} as decimal(18, {4 if value.type == 'money' else 6}))"
            return _value(self.ask(sql))
        return month(name, self.run.period) if self._is_month(name) else self.total(name)

    def _is_month(self, name: str) -> bool:
        return name in MONTHS and name not in self.scheme.components and name not in self.scheme.limits

    def _is_of_event(self, name: str) -> bool:
        return self.on != schemes.PERIOD and name in schemes.streams()[self.on].names

    def _attribute(self, name: str) -> schemes.Value | None:
        attribute, agreed = self.scheme.attributes[name], self._agreed(name)
        return schemes.typed(agreed.value, attribute.type) if agreed else attribute.default

    def _agreed(self, name: str) -> schemes.AgreedValue | None:
        return self.run.agreed.origin(self.contract["contract_id"], self.contract["counterparty_id"], name, self.day)

    def _activity(self, name: str) -> Decimal | None:
        activity, days = _asked_of(name)
        if self.event["activated_on"] is None or not self._is_in_window:
            return None
        column = Activity(activity, days, self.scheme.currency).column
        rows = self.run.rows("select * from int_first_days where subscriber_id = ?", [self.event["subscriber_id"]])
        since = self.event["activated_on"]  # runs of before kept one row a subscriber, without its day
        row = next((row for row in rows if row.get("activated_on", since) == since), {})
        return row.get(column) or Decimal(0)

    @property
    def _is_in_window(self) -> bool:
        return all(self.evaluate(window) for window in self.windows)

    def _origin_of_activity(self, name: str) -> str:
        """What an activity was added up from, and which months of it were not loaded; or why it is not known."""
        activity, days = _asked_of(name)
        since = self.event["activated_on"]
        if since is None:
            return WORDS["of_nobody"].text(self.language)
        if not self._is_in_window:
            return WORDS["not_asked"].text(self.language)
        data_set = OF_FIRST_DAYS[activity]
        loaded = {load["period"] for load in self.run.manifest["loads"][f"{data_set}_since"]}
        last = min(Period.of(since + timedelta(days=days - 1)), self.run.period)
        missing = [str(each) for each in Period.of(since).until(last) if str(each) not in loaded]
        told = WORDS["of_first_days"].text(self.language)
        return told + WORDS[f"no_{data_set}"].text(self.language, periods=", ".join(missing)) if missing else told

    def _measure(self, measure: schemes.Measure) -> Decimal | None:
        if measure.per:
            own = self.measured.of_own(measure)
            return None if own is None else own["base_amount"] if measure.sum else Decimal(own["base_count"])
        table, _, column = self.slots.measure(measure).partition(".")
        if table == "totals":
            found = [amount for _, _, amount in self.measured.of_others(int(column.rpartition("_")[2]))]
            return None if None in found else sum(found, Decimal(0))
        if int(column.rpartition("_")[2]) > self._filled_slots:  # no formula names it: it is only shared by
            return self.of_sharers(measure, "up_to") - self.of_sharers(measure, "before")
        return self.slot(column)

    def slot(self, column: str) -> Decimal | None:
        """What stood in a slot of the contract's measures."""
        row = self.run.row(
            f"select {column} as found from int_measures where contract_id = ? and scheme_version = ?",
            [self.contract["contract_id"], self.scheme.version],
        )
        return row["found"] if row else None

    def of_sharers(self, shares: schemes.Measure | schemes.Attribute, which: schemes.Sharers) -> Decimal:
        """What the contracts that share one pay come to by their shares: those before this one, up to it, or all."""
        return self.slot(self.slots.measure_of_sharers(shares, which).partition(".")[2]) or Decimal(0)

    def part(self, whole: str, of: Decimal, of_all: Decimal) -> str:
        """The part of a whole that a number of all is due, as an expression in SQL."""
        return portion(whole, f"{of:f}", f"{of_all:f}")

    def amount(self, name: str) -> Decimal:
        """What a component, a limit or a measure of money came to; nothing where that is unknown."""
        found = self.find(name)
        return found if isinstance(found, Decimal) else Decimal(0)

    def total(self, name: str) -> Decimal:
        """What a component or limit of the contract came to in the period."""
        row = self.run.row(
            "select coalesce(sum(amount), 0) as found from rewards where contract_id = ? and component = ?",
            [self.contract["contract_id"], name],
        )
        assert row is not None
        return row["found"]

    def exact_total(self, name: str) -> Decimal:
        """What a component of the contract came to before its total was rounded, with the places that lines don't have."""
        if name in self.scheme.limits:
            query = "select sum(amount) as found from int_subscriber_caps where contract_id = ? and component = ?"
            row = self.run.row(query, [self.contract["contract_id"], name])
            return ((row and row["found"]) or Decimal(0)).normalize()
        row = self.run.row(
            """select sum(amount) as found from (
                   select amount + coalesce(excess, 0) as amount from int_event_lines
                   where contract_id = $contract and component = $name and outcome = 'paid'
                   union all
                   select amount from int_clawback_lines where contract_id = $contract and component = $name
               )""",
            {"contract": self.contract["contract_id"], "name": name},  # type: ignore[arg-type]
        )
        return ((row and row["found"]) or Decimal(0)).normalize()

    def cap_on(self, name: str, subscriber_id: str) -> dict[str, Any]:
        """What a cap on single subscribers was reckoned from for one: amounts of the period, and of those before it."""
        row = self.run.row(
            "select * from int_subscriber_caps where contract_id = ? and component = ? and subscriber_id = ?",
            [self.contract["contract_id"], name, subscriber_id],
        )
        assert row is not None
        return row

    def earlier_total(self, name: str, of_period: str) -> Decimal:
        """What a component or limit had come to before, or what was left of it from an earlier period."""
        row = self.run.row(
            "select sum(amount) as found from inputs.earlier_totals where contract_id = ? and component = ? and of_period = ?",
            [self.contract["contract_id"], name, of_period],
        )
        return (row["found"] if row else None) or Decimal(0)

    # --- in words

    def kind(self, name: str) -> str:
        """The type of a name's value."""
        if "(" in name:
            table = self.scheme.tables.get(name.partition("(")[0])
            return table.type if table else "money"
        return schemes.type_of(self.scheme, name, self.on)

    def say(self, value: schemes.Value | None, kind: str) -> str:
        """A value in words."""
        if value is None:
            return WORDS["unknown"].text(self.language)
        told = self.teller.value(value, kind)
        return with_minus(told) if isinstance(value, Decimal) else told

    def say_of(self, name: str, value: schemes.Value | None) -> str:
        """The value of a name: a word that the rules have a title for by its title, as they do."""
        words = schemes.words_of(name).get(value) if isinstance(value, str) else None
        return self.say(getattr(words, self.language) if words else value, self.kind(name))

    def told(self, name: str) -> str | None:
        """The value of a name, or of a call, in words."""
        table, _, keys = name.partition("(")
        if keys and table in self.scheme.tables:
            return self._calls[name].told if name in self._calls else None
        return self.say_of(name, self.find(name))

    def learn(self, formulas: Iterable[Formula]) -> None:
        """Makes known what formulas ask of tables, and what the expressions came to that they compare: to be told."""
        for formula in formulas:
            on = (
                self.of_period
                if any(formula is value.formula for value in self.scheme.values.values())
                else self.filled
            )
            for text, node in schemes.calls(formula).items():
                if node.name in self.scheme.tables and text not in self._calls:
                    part = Formula(
                        text, self.scheme.tables[node.name].type, node, formula.literal_types, formula.products
                    )
                    found = _value(self.ask(on.sql(part)))
                    keys = [self._part(key, formula, "text") for key in node.expressions]
                    self._calls[text] = _Call(
                        node, self.say(found, part.type), found is None,
                        tuple(str(self.ask(f"cast({on.sql(key)} as varchar)")) for key in keys), formula,
                    )  # fmt: skip
            for side in compared_expressions(formula):
                part = self._part(side, formula, kind_of(side, formula, self.kind))
                self.teller.came_to[id(side)] = self.say(_value(self.ask(on.sql(part))), part.type)

    @staticmethod
    def _part(node: exp.Expr, of: Formula, kind: str) -> Formula:
        return Formula(node.sql(dialect="duckdb"), kind, node, of.literal_types, of.products)

    def missing_rows(self) -> Iterator[str]:
        """The tables in which no row was found, and so nothing is paid; what was looked for."""
        for call in self._calls.values():
            if call.is_unknown:
                yield self._no_row(call, "no_row")

    def _no_row(self, call: _Call, key: str) -> str:
        table, keys = self.scheme.tables[call.node.name], self._keys(call)
        later = [row.values[0].valid_from for row in table.rows if row.keys == call.keys]
        if later:
            keys += WORDS["no_row_before"].text(self.language, day=format_day(later[0], self.language))
        return WORDS[key].text(self.language, table=getattr(table.title, self.language), keys=keys)

    def _keys(self, call: _Call) -> str:
        plain = schemes.Teller(self.scheme, self.language)
        return ", ".join(
            f"{plain.expression(node, call.formula, self.on)} = {key}" if isinstance(node, exp.Column) else key
            for node, key in zip(call.node.expressions, call.keys, strict=True)
        )

    def used(self, formulas: Iterable[Formula], operands: Iterable[Decimal | str] = ()) -> tuple[Used, ...]:
        """The names of formulas, and those that they are made of, each once, with their values and origins."""
        found: dict[str, Used] = {}

        def add(name: str) -> None:
            if name in found:
                return
            if name in self.scheme.values:
                formula = self.scheme.values[name].formula
                self.learn([formula])
                found[name] = self._used(name)
                visit(formula)
            else:
                found[name] = self._used(name)

        def visit(formula: Formula) -> None:
            for column in formula.tree.find_all(exp.Column):
                add(column.name)
            for text, node in schemes.calls(formula).items():
                if node.name in ACTIVITIES:
                    add(text)
                elif text not in found:
                    found[text] = self._of_table(text, node)

        formulas = list(formulas)
        self.learn(formulas)
        for formula in formulas:
            visit(formula)
        for operand in operands:
            if isinstance(operand, str):
                add(operand)
        return tuple(found.values())

    def _used(self, name: str) -> Used:
        origin, details = self._origin(name)
        value = self.find(name)
        return Used(name, self.title(name), value, self.say_of(name, value), origin, details)

    def title(self, name: str) -> str:
        """What a name is called."""
        plain = schemes.Teller(self.scheme, self.language)
        if "(" in name:
            activity, _, days = name.partition("(")
            return plain.activity(activity, days.rstrip(")"))
        on = schemes.PERIOD if name in INSTALMENTS and self.on == schemes.PERIOD else self.on
        return plain.name(name, on)

    def _of_table(self, text: str, node: exp.Anonymous) -> Used:
        table, call = self.scheme.tables[node.name], self._calls[text]
        row = next((row for row in table.rows if row.keys == call.keys), None)
        begun = [dated.valid_from for dated in row.values if dated.valid_from <= self.day] if row else []
        if not begun:
            origin = self._no_row(call, "no_row" if call.is_unknown else "no_row_default")
        elif begun[-1] <= date(1900, 1, 1):
            origin = WORDS["of_table"].text(self.language, keys=self._keys(call))
        else:
            day = format_day(begun[-1], self.language)
            origin = WORDS["of_table_since"].text(self.language, keys=self._keys(call), day=day)
        return Used(text, f"«{getattr(table.title, self.language)}»", None, call.told, origin)

    def _origin(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Where a value came from, and what it was made of."""
        scheme, language = self.scheme, self.language
        if name in self.special_origins:
            return self.special_origins[name], ()
        if self._is_of_event(name):
            of = EVENT_ORIGINS.get(name, WORDS["of_row"])
            return of.text(language, **{key: self.event.get(key) or "—" for key in ("outlet_id", "product_id", "subscriber_id", "counterparty_id")}), ()  # fmt: skip
        if "(" in name:
            return self._origin_of_activity(name), ()
        if name in scheme.attributes:
            return self._origin_of_attribute(name), ()
        if name in scheme.terms:
            held = [dated for dated in scheme.terms[name].values if dated.valid_from <= self.day]
            told = WORDS["of_term"].text(language, day=format_day(held[-1].valid_from, language)) if held else ""
            if held and held[-1].decided_on:
                told += WORDS["decided"].text(language, day=format_day(held[-1].decided_on, language))
            return told, ()
        if name in scheme.measures:
            measure, teller = scheme.measures[name], schemes.Teller(scheme, language)
            head = teller.title(measure.title) + teller.clause(measure.clause)
            return teller.measure(measure).removeprefix(f"{head}: "), self.measured.details(measure)
        if name in scheme.values:
            value = scheme.values[name]
            return f"= {self.teller.expression(value.formula.tree, value.formula, schemes.PERIOD)}", ()
        if self._is_month(name):
            return WORDS["of_month"].text(language, period=self.run.period), ()
        return WORDS["of_total"].text(language), ()

    def _origin_of_attribute(self, name: str) -> str:
        agreed = self._agreed(name)
        if agreed is None:
            return WORDS["of_default"].text(self.language)
        whose = schemes.LEVELS[agreed.level].text(self.language, holder=agreed.holder)
        if agreed.level == "contract":
            whose = WORDS["of_contract"].text(self.language, contract=agreed.holder)
        words = WORDS["agreed_always"] if agreed.since <= date(1900, 1, 1) else WORDS["agreed_since"]
        told = words.text(self.language, whose=whose, day=format_day(agreed.since, self.language) if agreed.since.year > 1 else "")  # fmt: skip
        author = WORDS["from_file"].text(self.language) if agreed.author == "file" else WORDS["set_by"].text(self.language, author=agreed.author)  # fmt: skip
        return f"{told}, {author}{self.why_of(agreed)}"


@dataclass(frozen=True)
class _Call:
    """What a formula asked of a table: with which keys, and what that came to."""

    node: exp.Anonymous
    told: str
    is_unknown: bool
    keys: tuple[str, ...]
    formula: Formula


def _asked_of(name: str) -> tuple[str, int]:
    """The activity and the days of `charged_within(30)`."""
    activity, _, days = name.rstrip(")").partition("(")
    return activity, int(days)


def _value(found: Any) -> schemes.Value | None:
    """A value of the engine as one of a formula: whole numbers are numbers too."""
    return Decimal(found) if isinstance(found, int) and not isinstance(found, bool) else found
