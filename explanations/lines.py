"""One line explained: which rule, why that version, what its values were, and what followed from them.

Everything is taken from the line as published and from what its run pinned and made, never from how things are now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import loaders
import registry
import runs
import schemes
from explanations.addresses import LineAddress, address_of, find_line
from explanations.context import LineContext
from explanations.model import Condition, LineExplanation, Reckoned, TierPart
from explanations.owners import whose, why_nobody
from explanations.related import Relations, brought_before
from explanations.telling_tiers import split_in_words
from explanations.wording import OUTCOMES
from prm import database
from prm.money import round_money
from prm.settings import Settings, get_settings
from prm.words import Language, format_day, format_period
from schemes.formula import Formula
from schemes.model import Delay
from schemes.rounding import EXACT


def explain_line(address: str, language: Language, *, settings: Settings | None = None) -> LineExplanation:
    """Explains a line of the current results. address: as `2026-10/D00042/3f2a91c07be4`.

    Raises PrmError for what is no address, NotFoundError where there is no such line or its run's folder is gone,
    RefusedError where the address is cut so short that it means several lines.
    """
    settings = settings or get_settings()
    wanted = LineAddress.parse(address)
    with database.transaction(settings) as connection:
        line = find_line(connection, wanted)
        with runs.open_run(line["run_id"], settings=settings) as run:
            return _Line(connection, run, line, language, settings).explained()


class _Line(LineContext):
    """Tells of a line."""

    # --- the parts of the explanation

    def explained(self) -> LineExplanation:
        line, language = self.line, self.language
        input_row = None
        if line["load_id"]:
            input_row = loaders.input_row(self.connection, line["load_id"], line["row_number"], settings=self.settings)
        if line["contract_id"] is None:
            event = schemes.explain_stream(line["stream"], language)
            headline = self.say("headline_nothing", event=event, day=format_day(line["event_date"], language))
            return LineExplanation(
                address_of(line), language, line, headline + self._subscriber(),
                OUTCOMES[line["outcome"]].text(language, reason=self._reason()),
                tuple(why_nobody(self.run, line, language, self.file_of)), input_row=input_row,
            )  # fmt: skip
        conditions, used = tuple(self._conditions()), self.values.used(self._formulas(), self._operands())
        taken = line["outcome"] in ("capped", "recovered", "clawed_back")
        amount, reason = self.money(-line["amount"] if taken else line["amount"]), self._reason(conditions)
        return LineExplanation(
            address_of(line), language, line, self._headline(),
            OUTCOMES[line["outcome"]].text(language, amount=amount, reason=reason),
            story=tuple(self._story()), rule=self._sentence(), version=self._version(), conditions=conditions,
            reckoned=self._reckoned(), tiers=self._tiers(),
            used=used, related=tuple(Relations(self, used).all()), input_row=input_row,
        )  # fmt: skip

    def _headline(self) -> str:
        title = schemes.Teller(self.scheme, self.language).title(self.rule.title)
        if self.is_of_period:
            told = self.say("headline_period", component=title, period=format_period(self.run.period, self.language))
            return told + self._subscriber()
        event = schemes.explain_stream(self.line["stream"], self.language)
        day = format_day(self.line["event_date"], self.language)
        return self.say("headline", component=title, event=event, day=day) + self._subscriber()

    def _subscriber(self) -> str:
        subscriber = self.line["subscriber_id"]
        return self.say("of_subscriber", subscriber=subscriber) if subscriber else ""

    def _sentence(self) -> str:
        teller = schemes.Teller(self.scheme, self.language)
        if self.line["outcome"] == "rounded":
            return teller.rounding()
        if isinstance(self.rule, schemes.Limit):
            return teller.limit(self.rule)
        return teller.component(self.rule) if isinstance(self.rule, schemes.Component) else teller.measure(self.rule)

    def _version(self) -> str:
        scheme, contract = self.scheme, self.contract
        since = max(self.applies_from(scheme), contract["valid_from"])
        told = self.say(
            "version", version=scheme.version, scheme=getattr(scheme.title, self.language),
            contract=contract["contract_id"], day=format_day(since, self.language),
        )  # fmt: skip
        if self.applies_from(scheme) > scheme.valid_from:
            told += self.say(
                "version_notice", valid=format_day(scheme.valid_from, self.language), days=contract["notice_days"],
                announced=format_day(scheme.announced_on or scheme.valid_from, self.language),
            )  # fmt: skip
        elif since == scheme.valid_from:
            told += self.say("version_valid")
        decision = registry.decision_on_version(self.connection, scheme.scheme, scheme.version)
        if decision and decision.reason:
            told += self.say(
                "version_reason", day=format_day(decision.recorded_on, self.language), reason=decision.reason,
                author=decision.author or "—",
            )  # fmt: skip
        return told + self.say("version_text", named=self.version_name, hash=self.pinned_hash)

    def _reason(self, conditions: tuple[Condition, ...] = ()) -> str:
        line = self.line
        if line["failed_condition"] is not None:
            failed = conditions[line["failed_condition"] - 1]
            key = "failed_window" if line["reason"] == "outside_window" else "failed"
            return self.say(key, number=failed.number, sentence=failed.sentence)
        known = runs.reasons().get(line["reason"] or "")
        reason = known.text(self.language) if known else line["reason"] or ""
        if line["reason"] == "unknown_amount" and (rows := list(self.values.missing_rows())):
            return self.say("unknown_because", reason=reason, why="; ".join(rows))
        return reason

    # --- the rule with the line's values

    @property
    def _numbered(self) -> tuple[Formula, ...]:
        """The conditions that this line was held to. (Those of what is paid by tiers were its events'.)"""
        rule = self.rule
        if self.line["outcome"] == "rounded":
            return ()
        if self.is_of_period and isinstance(rule, schemes.Component) and rule.on != schemes.PERIOD:
            return ()
        return rule.conditions

    def _conditions(self) -> Iterator[Condition]:
        self.values.learn(self._numbered)
        for number, condition in enumerate(self._numbered, 1):
            sentence = self.values.teller.phrase(condition, self.values.on)
            found = self.values.evaluate(condition)
            is_asked = found is not None or self.line["reason"] != "no_exchange_rate"
            yield Condition(number, sentence, found is True if is_asked else None)

    @property
    def _formula(self) -> Formula | None:
        """The formula of what the line earned, or added to a measure."""
        rule, outcome = self.rule, self.line["outcome"]
        if outcome == "rounded" or self.line["failed_condition"] is not None:
            return None
        if isinstance(rule, schemes.Component):
            return rule.pay if isinstance(rule.pay, Formula) else None
        return rule.sum if isinstance(rule, schemes.Measure) else None

    @property
    def _by_tiers(self) -> schemes.Tiers | None:
        rule = self.rule
        return rule.pay if isinstance(rule, schemes.Component) and isinstance(rule.pay, schemes.Tiers) else None

    def _formulas(self) -> list[Formula]:
        found = [*self._numbered]
        if self._formula:
            found.append(self._formula)
        if (tiers := self._by_tiers) and self.line["outcome"] != "rounded":
            is_of_events = self.is_of_period and tiers.by != "value"  # its measure is a formula over each event
            found += [of for of in (None if is_of_events else tiers.measure, tiers.applied_to) if of]
        return found

    def _operands(self) -> list[Decimal | str]:
        if isinstance(self.rule, schemes.Limit):
            return [self.rule.amount, *(name for name in self.rule.of if name in self.scheme.measures)]
        if self._shared_by and self.line["amount"]:
            return [self._shared_by.name, *self._step_rates()]
        return self._step_rates()

    def _step_rates(self) -> list[Decimal | str]:
        if self._by_tiers and self.line["tier_split"]:
            return [step.rate for step in self._by_tiers.steps]
        return []

    def _reckoned(self) -> Reckoned | None:
        line, formula = self.line, self._formula
        if line["outcome"] == "rounded":
            exact = self.values.exact_total(line["component"])
            total = self.values.total(line["component"])
            told = self.say("rounding", exact=self.money(exact), amount=self.money(total))
            return Reckoned(told, exact, line["amount"], self._rounded(f"cast({exact:f} as decimal(38, 20))") == total)
        if isinstance(self.rule, schemes.Limit):
            return self._of_cap(self.rule) if self.rule.per else self._of_limit(self.rule)
        if formula is None:
            return self._of_tiers()
        self.values.learn([formula])
        told = self.values.teller.expression(formula.tree, formula, self.values.on)
        sql = self.values.filled.sql(formula)
        exact = self.values.ask(sql)
        if exact is not None and self._shared_by:
            return self._of_shared(self.say("reckoned_same", formula=told, exact=self.money(exact)), exact, sql)
        if self.taking:
            return self.taking.reckoned(told, exact, self._rounded(sql), self.money)
        if exact is None:
            return Reckoned(self.say("reckoned_unknown", formula=told), None, line["amount"])
        if isinstance(self.rule, schemes.Measure):
            return Reckoned(
                self.say("reckoned_same", formula=told, exact=self.values.say(exact, formula.type)),
                exact, line["amount"], line["base_amount"] == round_money(exact, 4),
            )  # fmt: skip
        same = exact == line["amount"]
        told = self.say(
            "reckoned_same" if same else "reckoned",
            formula=told,
            exact=self.money(exact),
            amount=self.money(line["amount"]),
        )
        return Reckoned(told, exact, line["amount"], self._rounded(sql) == line["amount"])

    def _of_tiers(self) -> Reckoned | None:
        """What the tiers come to together."""
        parts, amount = self._tiers(), self.line["amount"]
        if not parts:
            return None
        exact = sum((part.amount for part in parts), Decimal(0))
        sql = f"cast({exact:f} as decimal(38, 10))"
        if self._shared_by:
            return self._of_shared(self.say("tiers_same", exact=self.money(exact)), exact, sql)
        rounded = self._rounded(sql)
        assert rounded is not None
        if self.taking:
            of = self.taking.reckoned("", exact, rounded, self.money)
            return replace(of, sentence=self.say("tiers_kept", kept=self.money(rounded)))
        key = "tiers_same" if exact == amount else "tiers"
        return Reckoned(
            self.say(key, exact=self.money(exact), amount=self.money(amount)), exact, amount, rounded == amount
        )

    @property
    def _shared_by(self) -> schemes.Measure | schemes.Attribute | None:
        """By what that is paid is shared among a group."""
        rule = self.rule
        if self.line["outcome"] == "rounded" or not isinstance(rule, schemes.Component) or rule.split_by is None:
            return None
        return self.scheme.shares_of(rule)

    def _of_shared(self, whole_told: str, whole: Decimal, sql: str) -> Reckoned:
        """This contract's part: what is due to all up to it, less what is due to those before it."""
        assert self._shared_by is not None
        before = self.values.of_sharers(self._shared_by, "before")
        up_to = self.values.of_sharers(self._shared_by, "up_to")
        of_all = self.values.of_sharers(self._shared_by, "all")
        due, due_before = (self._rounded(self.values.part(sql, of, of_all)) for of in (up_to, before))
        amount = self.line["amount"]
        title = getattr(self._shared_by.title, self.language)
        if due is None or due_before is None:
            key = "shared_by_part" if isinstance(self._shared_by, schemes.Attribute) else "shared_by_nothing"
            return Reckoned(self.say(key, whole=whole_told, measure=title), None, amount)
        kind = self.values.kind(self._shared_by.name)
        told = self.say(
            "shared", whole=whole_told, measure=title,
            up_to=self.values.say(up_to, kind), before=self.values.say(before, kind),
            all=self.values.say(of_all, kind), due=self.money(due), due_before=self.money(due_before),
            amount=self.money(due - due_before),
        )  # fmt: skip
        return Reckoned(told, whole, amount, due - due_before == amount)

    def _rounded(self, sql: str) -> Decimal | None:
        """An expression, rounded as the scheme rounds a line of this kind."""
        rounding = self.scheme.rounding
        is_kept = rounding.each == "total" and not self.is_of_period
        return self.values.ask(schemes.rounded(sql, EXACT if is_kept else rounding))

    def _of_limit(self, limit: schemes.Limit) -> Reckoned | None:
        amount = self.line["amount"]
        if self.line["base_amount"] is None:
            return None
        total = sum((self.values.amount(name) for name in limit.of), Decimal(0))
        bound = self.values.find(limit.amount) if isinstance(limit.amount, str) else limit.amount
        assert isinstance(bound, Decimal)
        drawn = self.values.earlier_total(limit.name, "before") if limit.recoverable else Decimal(0)
        key = "limit_most" if limit.bound == "at_most" else "limit_recovered" if amount < 0 else "limit_least"
        if limit.recoverable and amount >= 0:
            key = "limit_drawn"
        told = self.say(
            key, total=self.money(total), bound=self.values.teller.operand(limit.amount, "money"),
            drawn=self.money(drawn), amount=self.money(abs(amount)), remaining=self.money(drawn + amount),
        )  # fmt: skip
        difference = bound - total
        expected = max(difference, -drawn) if limit.bound == "at_least" else min(difference, Decimal(0))
        return Reckoned(told, difference, amount, expected == amount)

    def _of_cap(self, cap: schemes.Limit) -> Reckoned:
        """What a cap on single subscribers cuts of this one's, or gives back."""
        of, amount = self.values.cap_on(cap.name, self.line["subscriber_id"]), self.line["amount"]
        total, before, cut = of["base_amount"], of["paid_before"], of["cut_before"]
        room = max(of["at_most"] - before, Decimal(0))
        key = "limit_subscriber_released" if amount > 0 else f"limit_subscriber_{cap.over}"
        told = self.say(
            key, total=self.money(total), bound=self.values.teller.operand(cap.amount, "money"), before=self.money(before),
            room=self.money(room), cut=self.money(cut), amount=self.money(abs(amount)),
        )  # fmt: skip
        expected = min(room - total, Decimal(0)) if total >= 0 else min(-total, cut)
        return Reckoned(told, expected, amount, expected == amount)

    def _tiers(self) -> tuple[TierPart, ...]:
        tiers = self._by_tiers
        if tiers is None or not self.line["tier_split"]:
            return ()
        return split_in_words(tiers, self.line["tier_split"], schemes.Teller(self.scheme, self.language))

    # --- the story, and what else there is

    def _story(self) -> Iterator[str]:
        line = self.line
        yield self.say(
            "whose", name=line["counterparty_name"] or "", id=line["counterparty_id"], contract=line["contract_id"]
        )
        if not self.is_of_period and not self.taking:
            yield from whose(self.run, line, self.event, self.language)
        if self.instalments:
            yield self.say(
                "instalment", number=self.number_of_instalment, count=len(self.instalments),
                event=self._age(self.instalments[self.number_of_instalment - 1]),
            )  # fmt: skip
        if self.taking:
            yield from self.taking.story(self.money, self.line["amount"])
        if tiers := self._by_tiers:
            yield from self._measured(tiers)
        if isinstance(self.rule, schemes.Limit) and self.rule.over == "contract" and line["subscriber_id"]:
            for period, amount in brought_before(self.connection, line, self.rule):
                yield self.say("brought_before", period=format_period(period, self.language), amount=self.money(amount))

    def _measured(self, tiers: schemes.Tiers) -> Iterator[str]:
        """What was measured, and what had been before."""
        line, rule = self.line, self.rule
        assert isinstance(rule, schemes.Component)
        if line["outcome"] in ("rounded", "counted") or line["failed_condition"] is not None:
            return
        if tiers.by == "value":
            assert tiers.measure is not None
            self.values.learn([tiers.measure])
            told = self.values.teller.expression(tiers.measure.tree, tiers.measure, schemes.PERIOD)
            measure = self.values.evaluate(tiers.measure)
            yield self.say("measured_by", formula=told, measure=self.values.say(measure, tiers.unit))
            return
        title = self._title_of_measure(rule, tiers)
        before = None
        if tiers.is_cumulative:
            found = self.values.slot(self.values.slots.measure_before(rule)) or Decimal(0)
            before = self.values.say(found, tiers.unit)
        if tiers.in_order:
            yield self.say("in_order")
            if before:
                yield self.say(f"before_{tiers.over}", title=title, before=before)
        elif self.is_of_period:
            measure = line["base_amount"] if tiers.by == "sum" else Decimal(line["base_count"])
            told = self.values.say(measure, tiers.unit)
            yield self.say(f"measured_{tiers.over}" if before else "measured", title=title, measure=told, before=before)

    def _title_of_measure(self, rule: schemes.Component, tiers: schemes.Tiers) -> str:
        """What the component's tiers measure."""
        event = schemes.explain_stream(rule.on, self.language)
        if tiers.measure is None:
            return self.say("title_count", event=event)
        plain = schemes.Teller(self.scheme, self.language)
        told = plain.expression(tiers.measure.tree, tiers.measure, rule.on)
        return self.say("title_sum", sum=told, event=event)

    def _age(self, delay: Delay) -> str:
        return schemes.explain_stream(delay.stream, self.language)
