"""A scheme in sentences that a person in finance reads aloud, in Russian and English.

Sentences are made from the same tree that SQL is written from, so that what is read is what is calculated.
Names become their titles; money, shares and days are written as the language writes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

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
from schemes.plurals import levels, span, within
from schemes.streams import streams
from schemes.taking_back import NOTHING_KEPT
from schemes.vocabulary import lookups, words_of

_BY_DEFAULT = Words(
    en="{head}: {default}, unless the contract says otherwise{between}.",
    ru="{head}: {default}, если договором не установлено иное{between}.",
)
_AGREED = Words(
    en="{head}: as agreed with each contract{between}; there is no value by default.",
    ru="{head}: устанавливается каждым договором{between}; значения по умолчанию нет.",
)
_BETWEEN = Words(en=" (from {low} to {high})", ru=" (от {low} до {high})")
_AFTER = Words(en="{span} after it", ru="через {span} после неё")
_AFTER_EACH = Words(en=" ({span} after each)", ru=" (через {span} после каждой)")
_AT_ONCE_AND = Words(en="at once and ", ru="сразу и ")
_SPANS: dict[str, Words] = {
    "period": Words(en="of the period", ru="за период"),
    "quarter": Words(en="from the quarter's beginning to the period's end", ru="с начала квартала по конец периода"),
    "year": Words(en="from the year's beginning to the period's end", ru="с начала года по конец периода"),
    "contract": Words(en="from the contract's beginning to the period's end", ru="с начала договора по конец периода"),
}


def explain(scheme: Scheme, language: Language, others: Iterable[Scheme] = ()) -> list[str]:
    """The rules of a scheme version in sentences, in the order of the annex.

    others: schemes in which what others earned has its titles.
    """
    teller = Teller(scheme, language, others)
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
    told = span(int(delay[:-1]), {"d": "days", "m": "months"}[delay[-1]], language)
    return f"{title}, {_AFTER.text(language, span=told)}"


class Teller(Phrases):
    """Tells of one scheme in one language. others: schemes in which what others earned has its titles."""

    def __init__(self, scheme: Scheme, language: Language, others: Iterable[Scheme] = ()):
        super().__init__(scheme, language)
        self.others = tuple(others)

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
        told = _AGREED if attribute.default is None else _BY_DEFAULT
        default = "" if attribute.default is None else self.value(attribute.default, attribute.type)
        between = ""
        if attribute.between:
            low, high = (self.value(bound, attribute.type) for bound in attribute.between)
            between = self.say(_BETWEEN, low=low, high=high)
        head = self.title(attribute.title) + self.clause(attribute.clause)
        return self.say(told, head=head, default=default, between=between)

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
            Words(en="{head}, by {keys}: {rows}; for any other {missing}.", ru="{head}, ключи — {keys}: {rows}; в остальных случаях — {missing}."),
            head=self.title(table.title) + self.clause(table.clause),
            keys=", ".join(self.asked_by(table, *each) for each in enumerate(table.keys)), rows=rows, missing=missing,
        )  # fmt: skip

    def asked_by(self, table: Table, index: int, key: str) -> str:
        """By what a table is asked: the titles of the names that formulas give it as a key; the key's own name without."""
        called = lookups(self.scheme.formulas()).get(table.name, [])
        names = sorted(called[index] or ()) if index < len(called) else []
        titles = [title for name in names if (title := self.title_of_key(name))]
        return " / ".join(titles) if titles else key

    def title_of_key(self, name: str) -> str | None:
        """The title of a name that a table is asked by; None of a text."""
        scheme = self.scheme
        known = [of.names[name] for of in streams().values() if name in of.names]
        own = [section[name] for section in (scheme.attributes, scheme.terms, scheme.values) if name in section]
        return next((getattr(of.title, self.language) for of in (*known, *own)), None)

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
        over = self.say(_SPANS[measure.over])
        if measure.months_ago:
            ago = span(measure.months_ago, "months", self.language)
            over = self.say(Words(en="of the period {ago} before", ru="за период на {ago} раньше"), ago=ago)
        several = getattr(streams()[measure.on].several, self.language)
        if measure.after:
            several += self.later(_AFTER_EACH, measure.after)
        where = self.where(measure.conditions, measure.on).rstrip(",")
        if measure.sum is None:
            words = Words(
                en="{head}: the number of {several} {over}{where}.", ru="{head}: количество {several} {over}{where}."
            )
            return self.say(words, head=head, several=several, over=over, where=where)
        return self.say(
            Words(en="{head}: the sum of {of} over all {several} {over}{where}.", ru="{head}: сумма {over} по событиям «{event}»{where}: {of}."),
            head=head, of=self.expression(measure.sum.tree, measure.sum, measure.on), several=several, over=over,
            event=self.event(measure.on, measure.after), where=where,
        )  # fmt: skip

    def of_others(self, of: OfOthers) -> str:
        whose = self.say(Words(en="this counterparty and all below it", ru="этого контрагента и всех нижестоящих"))
        if of.whose == "below":
            whose = self.say(
                Words(en="the counterparties {levels} below", ru="контрагентов на {levels} ниже"),
                levels=levels(of.level, self.language),
            )
        if of.whose == "whole_group":
            whose = self.say(
                Words(en="the whole group (the topmost counterparty and all below it)", ru="всей группы (головного контрагента и всех под ним)")
            )  # fmt: skip
        names = ", ".join(f"«{self.title_of(name)}»" for name in of.names)
        if of.what == "counted":
            return self.say(
                Words(en="{names} of {whose}, added up", ru="{names} у {whose}, в сумме"), names=names, whose=whose
            )
        if not of.names:
            return self.say(Words(en="all that {whose} earned", ru="всё вознаграждение {whose}"), whose=whose)
        return self.say(
            Words(en="what {whose} earned for {names}", ru="вознаграждение {whose} по {names}"),
            names=names,
            whose=whose,
        )

    def title_of(self, name: str) -> str:
        """The title of a component, limit or measure: this scheme's, else the others' usual one; its name without."""
        titles: Counter[str] = Counter()
        for scheme in (self.scheme, *self.others):
            for section in (scheme.components, scheme.limits, scheme.measures):
                titles.update(getattr(of.title, self.language) for of in section.values() if of.name == name)
            if scheme is self.scheme and titles:
                break
        return titles.most_common(1)[0][0] if titles else name

    def named_value(self, value: NamedValue) -> str:
        head = self.title(value.title) + self.clause(value.clause)
        return f"{head}: {self.expression(value.formula.tree, value.formula, PERIOD)}."

    def event(self, on: str, after: tuple[Delay, ...]) -> str:
        """The event a rule is on; `the activation, 30 days after it`."""
        title = getattr(streams()[on].title, self.language)
        if not after:
            return title
        return f"{title}, {self.later(_AFTER, after)}"

    def later(self, words: Words, after: tuple[Delay, ...]) -> str:
        """`30 days after it`, `1–3 months…`, `12 and 24 months…`, `at once and 3 and 6 months…`"""
        counts = [delay.count for delay in after]
        at_once, later = (counts[:1], counts[1:]) if counts[0] == 0 and len(counts) > 1 else ([], counts)
        told = self.enumerated([str(count) for count in later])
        if len(later) > 2 and later == list(range(later[0], later[-1] + 1)):
            told = f"{later[0]}–{later[-1]}"
        said = self.say(words, span=span(later[-1], after[0].unit, self.language, told))
        return f"{self.say(_AT_ONCE_AND)}{said}" if at_once else said

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
            kept = ""
        else:
            kept = self.expression(component.pay.tree, component.pay, component.on)
        if kept:
            kept = self.say(Words(en="{kept} is kept", ru="остаётся: {kept}"), kept=kept)
        else:
            kept = self.say(Words(en="nothing is kept", ru="ничего не остаётся"))
        if component.on == PERIOD:
            return self.say(
                Words(
                    en="{head}: for the period{where} the reward {taken} of {ago} before is looked at again, and what is above what it would be is taken back; {kept}.",
                    ru="{head}: за период{where} пересматривается вознаграждение {taken} за период на {ago} раньше, излишек возвращается; {kept}.",
                ),
                head=head, where=where, taken=taken, kept=kept,
                ago=span(of.months_ago, "months", self.language),
            )  # fmt: skip
        of_taken = self.scheme.components[of.of[0]].claws_back if of.of else None
        words = Words(
            en="{head}: at each {event}{where} what the subscriber brought under {taken} is taken back{window}; {kept}.",
            ru="{head}: при каждом событии «{event}»{where} возвращается вознаграждение за абонента по {taken}{window}; {kept}.",
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
            "event": Words(en=", {within} after the event that was paid", ru=" {within} после оплаченного события"),
            "activation": Words(en=", {within} after the activation", ru=" {within} после активации"),
        }[of.since]
        told = self.say(words, within=within(of.within.count, of.within.unit, self.language))
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
        shares = self.scheme.shares_of(component)
        agreed = Words(
            en=" The contracts of the whole group under this scheme share it by their «{measure}», which must add up to 100%: in the order of counterparties, each is paid what is due to all up to it, less what those before it were paid, so that the parts make the whole.",
            ru=" Сумма делится между договорами всей группы по этой схеме по согласованным величинам «{measure}», которые вместе должны составлять 100 %: в порядке контрагентов каждому выплачивается причитающееся всем по него включительно за вычетом выплаченного предыдущим, так что части вместе дают целое.",
        )
        words = (
            agreed
            if isinstance(shares, Attribute)
            else Words(
                en=" The contracts of the whole group under this scheme share it by «{measure}»: in the order of counterparties, each is paid what is due to all up to it, less what those before it were paid, so that the parts make the whole.",
                ru=" Сумма делится между договорами всей группы по этой схеме пропорционально показателю «{measure}»: в порядке контрагентов каждому выплачивается причитающееся всем по него включительно за вычетом выплаченного предыдущим, так что части вместе дают целое.",
            )
        )
        return self.say(words, measure=getattr(shares.title, self.language))

    def together(self, tiers: Tiers) -> Words:
        """The sentence of tiers: of what they are, in one go or event by event."""
        if tiers.over == "event":
            return Words(
                en="{head}: for each {event}{where} by itself, {tiers}.",
                ru="{head}: за каждое событие «{event}»{where} отдельно: {tiers}.",
            )
        since = {
            "period": Words(en="of the period", ru="за период"),
            "quarter": Words(en="since the quarter's beginning", ru="с начала квартала"),
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
        is_most, is_one = limit.bound == "at_most", len(titles) == 1
        told = self.say(
            Words(en="at most {bound}", ru="не более {bound}") if is_most else Words(en="at least {bound}", ru="не менее {bound}"),
            bound=self.operand(limit.amount, "money"),
        )  # fmt: skip
        words = Words(
            en="{head}: {all} together are {told} for a contract and period{where}.",
            ru="{head}: {all} — вместе по договору за период {told}{where}.",
        )
        if is_one:
            words = Words(
                en="{head}: {all} is {told} for a contract and period{where}.",
                ru="{head}: {all} — за период {told}{where}.",
            )
        where = self.where(limit.conditions, PERIOD).rstrip(",")
        if limit.recoverable:
            words = Words(
                en="{head}: if for a period {all} {comes} to less than {bound}{and_}, what is missing is paid in advance and held back in later periods out of what is earned above {bound}.",
                ru="{head}: если по {all} за период начислено меньше {bound}{and_}, недостающее выплачивается авансом и удерживается в следующих периодах из начисленного сверх {bound}.",
            )
            where = "".join(
                self.say(Words(en=" and {phrase}", ru=" и {phrase}"), phrase=self.phrase(condition, PERIOD))
                for condition in limit.conditions
            )
        return self.say(
            words, head=getattr(limit.title, self.language) + self.clause(limit.clause),
            all=", ".join(f"«{title}»" for title in titles), bound=self.operand(limit.amount, "money"), told=told,
            where=where, and_=where, comes="comes" if is_one else "together come",
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
