"""A scheme in sentences that a person in finance reads aloud, in Russian and English.

Sentences are made from the same tree that SQL is written from, so that what is read is what is calculated.
Names become their titles; money, shares and days are written as the language writes them.
"""

from __future__ import annotations

from collections.abc import Iterator

from prm.words import Language, Words, format_day
from schemes.formula import Formula
from schemes.model import (
    PERIOD,
    Attribute,
    Clawback,
    Component,
    DatedValue,
    Delay,
    Limit,
    Measure,
    NamedValue,
    OfOthers,
    Scheme,
    Table,
    Term,
    Tiers,
)
from schemes.phrases import Phrases
from schemes.streams import streams
from schemes.taking_back import NOTHING_KEPT
from schemes.vocabulary import lookups, words_of

_UNITS = {
    "days": Words(en="{counts} day(s) after it", ru="через {counts} дн. после неё"),
    "months": Words(en="{counts} month(s) after it", ru="через {counts} мес. после неё"),
}
_SPANS: dict[str, Words] = {
    "period": Words(en="of the period", ru="за период"),
    "year": Words(en="from the year's beginning to the period's end", ru="с начала года по конец периода"),
    "contract": Words(en="from the contract's beginning to the period's end", ru="с начала договора по конец периода"),
}


def explain(scheme: Scheme, language: Language) -> list[str]:
    """The rules of a scheme version in sentences, in the order of the annex."""
    teller = Teller(scheme, language)
    return [
        *teller.heading(),
        *(teller.attribute(attribute) for attribute in scheme.attributes.values()),
        *(teller.term(term) for term in scheme.terms.values()),
        *(teller.table(table) for table in scheme.tables.values()),
        *(teller.measure(measure) for measure in scheme.measures.values()),
        *(teller.named_value(value) for value in scheme.values.values()),
        *(teller.component(component) for component in scheme.components.values()),
        *(teller.limit(limit) for limit in scheme.limits.values()),
        teller.rounding(),
    ]


def explain_condition(scheme: Scheme, component: str, number: int, language: Language) -> str:
    """The sentence of a condition, counted from 1: what a line of a component, measure or limit did not meet."""
    rule = scheme.components.get(component) or scheme.measures.get(component) or scheme.limits[component]
    on = PERIOD if isinstance(rule, Limit) else rule.on
    return Teller(scheme, language).phrase(rule.conditions[number - 1], on)


def explain_stream(stream: str, language: Language) -> str:
    """The title of a stream of events, those of activations that are looked at later included."""
    if stream in streams():
        return getattr(streams()[stream].title, language)
    name, _, delay = stream.partition("_")
    title = getattr(streams()[name].title, language)
    return f"{title}, {_UNITS[{'d': 'days', 'm': 'months'}[delay[-1]]].text(language, counts=delay[:-1])}"


class Teller(Phrases):
    """Tells of one scheme in one language."""

    def heading(self) -> Iterator[str]:
        yield self.say(
            Words(
                en="{title}: scheme {scheme}, version {version}, from {day}. {document}. Currency: {currency}.",
                ru="{title}: схема {scheme}, версия {version}, действует с {day}. {document}. Валюта: {currency}.",
            ),
            title=getattr(self.scheme.title, self.language), scheme=self.scheme.scheme,
            version=self.scheme.version, day=format_day(self.scheme.valid_from, self.language),
            document=self.scheme.document, currency=self.scheme.currency,
        )  # fmt: skip
        if self.scheme.announced_on:
            yield self.say(
                Words(
                    en="Announced on {day}; a contract that demands notice counts its days from then.",
                    ru="Версия объявлена {day}; срок уведомления, если его требует договор, считается с этой даты.",
                ),
                day=format_day(self.scheme.announced_on, self.language),
            )

    def attribute(self, attribute: Attribute) -> str:
        default = self.value(attribute.default, attribute.type)
        head = self.title(attribute.title) + self.clause(attribute.clause)
        if attribute.between:
            low, high = (self.value(bound, attribute.type) for bound in attribute.between)
            return self.say(
                Words(
                    en="{head}: {default}, unless the contract says otherwise (from {low} to {high}).",
                    ru="{head}: {default}, если договором не установлено иное (от {low} до {high}).",
                ),
                head=head, default=default, low=low, high=high,
            )  # fmt: skip
        return self.say(
            Words(
                en="{head}: {default}, unless the contract says otherwise.",
                ru="{head}: {default}, если договором не установлено иное.",
            ),
            head=head, default=default,
        )  # fmt: skip

    def term(self, term: Term) -> str:
        return f"{self.title(term.title)}{self.clause(term.clause)}: {self.dated(term.values, term.type)}."

    def dated(self, values: tuple[DatedValue, ...], kind: str) -> str:
        told = []
        for dated in values:
            text = self.say(
                Words(en="{value} from {day}", ru="{value} с {day}"),
                value=self.value(dated.value, kind), day=format_day(dated.valid_from, self.language),
            )  # fmt: skip
            if dated.decided_on:
                text += self.say(
                    Words(en=" (decided on {day})", ru=" (решение от {day})"),
                    day=format_day(dated.decided_on, self.language),
                )
            told.append(text)
        return "; ".join(told)

    def table(self, table: Table) -> str:
        rows = "; ".join(
            f"{', '.join(self.key(table, *each) for each in enumerate(row.keys))} — {self.row_values(row.values, table.type)}"
            for row in table.rows
        )
        missing = self.say(Words(en="nothing is paid", ru="ничего не выплачивается"))
        if table.missing is not None:
            missing = self.value(table.missing, table.type)
        return self.say(
            Words(en="{head}, by {keys}: {rows}; for any other {missing}.", ru="{head}, по ключам {keys}: {rows}; в остальных случаях — {missing}."),
            head=self.title(table.title) + self.clause(table.clause), keys=", ".join(table.keys), rows=rows, missing=missing,
        )  # fmt: skip

    def key(self, table: Table, index: int, key: str) -> str:
        """A key of a row; of a name that can hold only certain words, by the word's title."""
        called = lookups(self.scheme.formulas()).get(table.name, [])
        held = called[index] if index < len(called) else None
        titles = {getattr(words_of(name)[key], self.language) for name in held or () if key in words_of(name)}
        return self.value(titles.pop() if len(titles) == 1 else key, "text")

    def row_values(self, values: tuple[DatedValue, ...], kind: str) -> str:
        if len(values) == 1 and values[0].valid_from <= self.scheme.valid_from:
            return self.value(values[0].value, kind)
        return self.dated(values, kind)

    def measure(self, measure: Measure) -> str:
        head = self.title(measure.title) + self.clause(measure.clause)
        if measure.of_others is not None:
            return f"{head}: {self.of_others(measure.of_others)}."
        if measure.plan is not None:
            return self.say(
                Words(en="{head}: the counterparty's plan «{plan}» for the period.", ru="{head}: план контрагента «{plan}» на период."),
                head=head, plan=measure.plan,
            )  # fmt: skip
        span = self.say(_SPANS[measure.over])
        if measure.months_ago:
            span = self.say(
                Words(en="of the period {n} month(s) before", ru="за период на {n} мес. раньше"), n=measure.months_ago
            )
        of = self.say(Words(en="the number", ru="количество"))
        if measure.sum is not None:
            of = self.say(
                Words(en="the sum of {of}", ru="сумма: {of}"),
                of=self.expression(measure.sum.tree, measure.sum, measure.on),
            )
        return self.say(
            Words(en="{head}: {of} over every {event}{where} {span}.", ru="{head}: {of} по всем событиям «{event}»{where} {span}."),
            head=head, of=of, event=self.event(measure.on, measure.after),
            where=self.where(measure.conditions, measure.on), span=span,
        )  # fmt: skip

    def of_others(self, of: OfOthers) -> str:
        whose = self.say(Words(en="this counterparty and all below it", ru="этого контрагента и всех нижестоящих"))
        if of.whose == "below":
            whose = self.say(
                Words(en="the counterparties {n} level(s) below", ru="контрагентов на {n} уровень (уровня) ниже"),
                n=of.level,
            )
        if of.whose == "whole_group":
            whose = self.say(
                Words(en="the whole group (the topmost counterparty and all below it)", ru="всей группы (головного контрагента и всех под ним)")
            )  # fmt: skip
        if of.what == "counted":
            return self.say(
                Words(en="«{names}» of {whose}, added up", ru="«{names}» у {whose}, в сумме"),
                names=", ".join(of.names), whose=whose,
            )  # fmt: skip
        if not of.names:
            return self.say(Words(en="all that {whose} earned", ru="всё вознаграждение {whose}"), whose=whose)
        return self.say(
            Words(en="what {whose} earned for «{names}»", ru="вознаграждение {whose} по «{names}»"),
            names=", ".join(of.names), whose=whose,
        )  # fmt: skip

    def named_value(self, value: NamedValue) -> str:
        head = self.title(value.title) + self.clause(value.clause)
        return f"{head}: {self.expression(value.formula.tree, value.formula, PERIOD)}."

    def event(self, on: str, after: tuple[Delay, ...]) -> str:
        """The event a rule is on; `the activation, 30 days after it`."""
        title = getattr(streams()[on].title, self.language)
        if not after:
            return title
        counts = [delay.count for delay in after]
        if len(counts) > 2 and counts == list(range(counts[0], counts[-1] + 1)):
            told = f"{counts[0]}–{counts[-1]}"
        else:
            told = ", ".join(map(str, counts))
        return f"{title}, {self.say(_UNITS[after[0].unit], counts=told)}"

    def where(self, conditions: tuple[Formula, ...], on: str) -> str:
        if not conditions:
            return ""
        phrases = [self.phrase(condition, on) for condition in conditions]
        return self.say(Words(en=", where {all},", ru=", если {all},"), all=self.enumerated(phrases))

    def clawback(self, component: Component, of: Clawback) -> str:
        """What is taken back, when, and what is kept of it."""
        head = getattr(component.title, self.language) + self.clause(component.clause)
        where = self.where(component.conditions, component.on)
        taken = ", ".join(f"«{getattr(self.scheme.components[name].title, self.language)}»" for name in of.of)
        if isinstance(component.pay, Tiers):
            kept = self.tiers(component.pay, component.on)
        elif component.pay == NOTHING_KEPT:
            kept = self.say(Words(en="nothing", ru="ничего"))
        else:
            kept = self.expression(component.pay.tree, component.pay, component.on)
        if component.on == PERIOD:
            return self.say(
                Words(
                    en="{head}: for the period{where} the reward «{taken}» of {n} month(s) before is looked at again, and what is above it is taken back; of it remains: {kept}.",
                    ru="{head}: за период{where} пересматривается вознаграждение {taken} за период на {n} мес. раньше, излишек возвращается; остаётся: {kept}.",
                ),
                head=head, where=where, taken=taken.strip("«»") if self.language == "en" else taken, n=of.months_ago, kept=kept,
            )  # fmt: skip
        of_taken = self.scheme.components[of.of[0]].claws_back if of.of else None
        words = Words(
            en="{head}: at each {event}{where} what the subscriber brought under {taken} is taken back{window}; kept is: {kept}.",
            ru="{head}: при каждом событии «{event}»{where} возвращается вознаграждение за абонента по {taken}{window}; остаётся: {kept}.",
        )
        if of_taken:
            words = Words(
                en="{head}: at each {event}{where} what was taken back under {taken} is given back{window}.",
                ru="{head}: при каждом событии «{event}»{where} возвращённое по {taken} восстанавливается{window}.",
            )
        return self.say(
            words, head=head, event=self.event(component.on, component.after), where=where, taken=taken, kept=kept,
            window=self.window(of),
        )  # fmt: skip

    def window(self, of: Clawback) -> str:
        """Until when something is taken back."""
        if of.within is None:
            return ""
        words = {
            ("days", "event"): Words(en=", for {n} day(s) after the event that was paid", ru=" в течение {n} дн. после оплаченного события"),
            ("months", "event"): Words(en=", for {n} month(s) after the event that was paid", ru=" в течение {n} мес. после оплаченного события"),
            ("days", "activation"): Words(en=", for {n} day(s) after the activation", ru=" в течение {n} дн. после активации"),
            ("months", "activation"): Words(en=", for {n} month(s) after the activation", ru=" в течение {n} мес. после активации"),
        }[of.within.unit, of.since]  # fmt: skip
        told = self.say(words, n=of.within.count)
        if of.not_counting:
            told += self.say(Words(en=" (days of suspension do not count)", ru=" (дни приостановки не считаются)"))
        return told

    def component(self, component: Component) -> str:
        if component.claws_back:
            return self.clawback(component, component.claws_back)
        head = getattr(component.title, self.language) + self.clause(component.clause)
        where = self.where(component.conditions, component.on)
        if component.on == PERIOD:
            words = Words(
                en="{head}: for the period{where} {pay} is paid.", ru="{head}: за период{where} выплачивается: {pay}."
            )
            if isinstance(component.pay, Tiers):
                words = Words(en="{head}: for the period{where} {pay}.", ru="{head}: за период{where} {pay}.")
                told = self.say(words, head=head, where=where, pay=self.tiers(component.pay, PERIOD))
            else:
                pay = self.expression(component.pay.tree, component.pay, PERIOD)
                told = self.say(words, head=head, where=where, pay=pay)
            return told + self.shared(component)
        event = self.event(component.on, component.after)
        if isinstance(component.pay, Tiers):
            return self.say(
                self.together(component.pay), head=head, event=event, where=where,
                tiers=self.tiers(component.pay, component.on),
            )  # fmt: skip
        return self.say(
            Words(en="{head}: for each {event}{where} {pay} is paid.", ru="{head}: за каждое событие «{event}»{where} выплачивается: {pay}."),
            head=head, event=event, where=where, pay=self.expression(component.pay.tree, component.pay, component.on),
        )  # fmt: skip

    def shared(self, component: Component) -> str:
        """By what a pay is shared, and whose the odd kopeck is."""
        if component.split_by is None:
            return ""
        words = Words(
            en=" The contracts of the whole group under this scheme share it by «{measure}»: in the order of counterparties, each is paid what is due to all up to it, less what those before it were paid, so that the parts make the whole.",
            ru=" Сумма делится между договорами всей группы по этой схеме пропорционально показателю «{measure}»: в порядке контрагентов каждому выплачивается причитающееся всем по него включительно за вычетом выплаченного предыдущим, так что части вместе дают целое.",
        )
        return self.say(words, measure=getattr(self.scheme.measures[component.split_by].title, self.language))

    def together(self, tiers: Tiers) -> Words:
        """The sentence of tiers: of what they are, in one go or event by event."""
        if tiers.over == "event":
            return Words(
                en="{head}: for each {event}{where} by itself, {tiers}.",
                ru="{head}: за каждое событие «{event}»{where} отдельно: {tiers}.",
            )
        since = {
            "period": Words(en="of the period", ru="за период"),
            "year": Words(en="since the year's beginning", ru="с начала года"),
            "contract": Words(en="since the contract's beginning", ru="с начала договора"),
        }[tiers.over]
        if tiers.in_order:
            return Words(
                en="{head}: for each {event}{where} in the order of their days, counted " + since.en + ", {tiers}.",
                ru="{head}: за каждое событие «{event}»{where} в порядке их дат, считая " + since.ru + ": {tiers}.",
            )
        return Words(
            en="{head}: for every {event}{where} " + since.en + " taken together, {tiers}.",
            ru="{head}: по всем событиям «{event}» " + since.ru + "{where} вместе: {tiers}.",
        )

    def tiers(self, tiers: Tiers, stream: str) -> str:
        if tiers.measure is None:
            measured = self.say(Words(en="by their number", ru="по их количеству"))
        else:
            of = self.expression(tiers.measure.tree, tiers.measure, stream)
            words = Words(en="by {of}", ru="по показателю: {of}")
            if tiers.by == "sum":
                words = Words(en="by the sum of {of}", ru="по сумме: {of}")
            measured = self.say(words, of=of)
        if tiers.applied_to is not None:
            of = self.expression(tiers.applied_to.tree, tiers.applied_to, stream)
            measured += self.say(Words(en=", of {of}", ru=", от величины: {of}"), of=of)
        counting = {
            "slice": Words(en="each part at its own tier's rate", ru="каждая часть — по ставке своей ступени"),
            "whole": Words(en="everything at the rate of the tier reached", ru="весь объём — по ставке достигнутой ступени"),
            "interpolated": Words(en="everything at a rate that rises evenly between the thresholds", ru="весь объём — по ставке, равномерно растущей между порогами"),
        }[tiers.counting]  # fmt: skip
        if tiers.pays == "fixed":
            counting = {
                "slice": Words(en="a sum for every tier reached", ru="сумма за каждую достигнутую ступень"),
                "whole": Words(en="the sum of the tier reached", ru="сумма достигнутой ступени"),
                "interpolated": Words(en="a sum that rises evenly between the thresholds", ru="сумма, равномерно растущая между порогами"),
            }[tiers.counting]  # fmt: skip
        steps = "; ".join(self.step(tiers, index) for index in range(len(tiers.steps)))
        return f"{measured}, {self.say(counting)}: {steps}"

    def step(self, tiers: Tiers, index: int) -> str:
        step = tiers.steps[index]
        rate = self.operand(step.rate, "share" if tiers.pays == "share" else "money")
        threshold = self.value(step.threshold, tiers.unit)
        unit = self.say(Words(en=" each", ru=" за каждое")) if tiers.pays == "each" else ""
        words = Words(
            en="above {threshold} (exactly {threshold} belongs to the tier below) {rate}{unit}",
            ru="свыше {threshold} (ровно {threshold} относится к нижней ступени) — {rate}{unit}",
        )
        if tiers.boundary == "from":
            words = Words(
                en="from {threshold} (exactly {threshold} belongs here) {rate}{unit}",
                ru="от {threshold} (ровно {threshold} относится сюда) — {rate}{unit}",
            )
        if step.threshold == 0:
            words = Words(en="from the beginning {rate}{unit}", ru="с начала — {rate}{unit}")
        return self.say(words, threshold=threshold, rate=rate, unit=unit)

    def limit(self, limit: Limit) -> str:
        known = self.scheme.components | self.scheme.measures
        titles = [getattr(known[name].title, self.language) for name in limit.of]
        words = Words(
            en="{head}: {all} together are at most {bound} for a contract and period{where}.",
            ru="{head}: {all} — вместе по договору за период не больше чем {bound}{where}.",
        )
        if limit.bound == "at_least":
            words = Words(
                en="{head}: {all} together are at least {bound} for a contract and period{where}.",
                ru="{head}: {all} — вместе по договору за период не меньше чем {bound}{where}.",
            )
        if limit.recoverable:
            words = Words(
                en="{head}: a draw up to {bound} for a contract and period on {all} together{where}; later periods give it back out of what they earn above.",
                ru="{head}: аванс до {bound} по договору за период по {all} вместе{where}; последующие периоды возвращают его из заработанного сверх этого.",
            )
        return self.say(
            words, head=getattr(limit.title, self.language) + self.clause(limit.clause),
            all=", ".join(f"«{title}»" for title in titles), bound=self.operand(limit.amount, "money"),
            where=self.where(limit.conditions, PERIOD).rstrip(","),
        )  # fmt: skip

    def rounding(self) -> str:
        rounding = self.scheme.rounding
        each = {
            "line": Words(en="Each line is rounded once, to {places} decimal places; {mode}.", ru="Каждая строка округляется один раз, до {places} знаков после запятой; {mode}."),
            "total": Words(en="Each component's total is rounded once, to {places} decimal places; {mode}.", ru="Итог каждой составляющей округляется один раз, до {places} знаков после запятой; {mode}."),
        }[rounding.each]  # fmt: skip
        mode = {
            "half_up": Words(en="a half is rounded away from zero", ru="половина — от нуля"),
            "half_even": Words(en="a half is rounded to the even digit", ru="половина — к чётной цифре"),
            "down": Words(en="always towards zero", ru="всегда к нулю"),
            "up": Words(en="always away from zero", ru="всегда от нуля"),
        }[rounding.mode]
        return self.say(each, places=rounding.places, mode=self.say(mode))
