"""A scheme in sentences that a person in finance reads aloud, in Russian and English.

Sentences are made from the same tree that SQL is written from, so that what is read is what is calculated.
Names become their titles; money, shares and days are written as the language writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prm.words import Language, Words, format_day
from schemes.explaining_declarations import Declarations
from schemes.model import (
    PERIOD,
    Attribute,
    Clawback,
    Component,
    Limit,
    Scheme,
    Tiers,
)
from schemes.plurals import span, within
from schemes.taking_back import NOTHING_KEPT
from schemes.tier_words import counting_words


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


class Teller(Declarations):
    """Tells of one scheme in one language: of what it declares, and of its rules."""

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
        depth = self.depth_of_what_is_taken(of)
        words = Words(
            en="{head}: at each {event}{where} what the subscriber brought under {taken} is taken back{window}; {kept}.",
            ru="{head}: при каждом событии «{event}»{where} возвращается вознаграждение за абонента по {taken}{window}; {kept}.",
        )
        if depth == 2:
            words = Words(
                en="{head}: at each {event}{where} what was taken back under {taken} is given back{window}.",
                ru="{head}: при каждом событии «{event}»{where} возвращённое по {taken} восстанавливается{window}.",
            )
        elif depth > 2:
            words = Words(
                en="{head}: at each {event}{where} what was given back under {taken} is taken back again{window}.",
                ru="{head}: при каждом событии «{event}»{where} восстановленное по {taken} снова возвращается{window}.",
            )
        return self.say(
            words, head=head, event=self.event(component.on, component.after), where=where, taken=taken, kept=kept,
            window=self.window(of),
        )  # fmt: skip

    def depth_of_what_is_taken(self, of: Clawback) -> int:
        """1: a pay, 2: what was taken back, 3: what was given back, and so on."""
        return min((self.scheme.depth_of(name) for name in of.of), default=1)

    def window(self, of: Clawback) -> str:
        """Until when something is taken back."""
        if of.within is None:
            return ""
        words = {
            "event": {
                1: Words(en=", {within} after the event that was paid", ru=" {within} после оплаченного события"),
                2: Words(en=", {within} after it was taken back", ru=" {within} после возврата"),
            }.get(
                self.depth_of_what_is_taken(of),
                Words(en=", {within} after it was given back", ru=" {within} после восстановления"),
            ),
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
        steps = "; ".join(self.step(tiers, index) for index in range(len(tiers.steps)))
        return f"{measured}, {self.say(counting_words(tiers))}: {steps}"

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
        known = self.scheme.components | self.scheme.measures | self.scheme.limits
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
        where, of_these = self.where(limit.conditions, PERIOD).rstrip(","), ""
        if limit.per:
            words = {
                "period": Words(
                    en="{head}: for {all}{together}, {told} is paid for each subscriber in a period.",
                    ru="{head}: {all}{together} — на каждого абонента за период {told}.",
                ),
                "contract": Words(
                    en="{head}: for {all}{together}, {told} is paid for each subscriber since the contract began, all periods taken together.",
                    ru="{head}: {all}{together} — на каждого абонента с начала договора, за все периоды вместе, {told}.",
                ),
            }[limit.over]
        if limit.recoverable:
            words = Words(
                en="{head}: if for a period {all} {comes} to less than {bound}{and_}, what is missing is paid in advance and held back in later periods{of_these} out of what is earned above {bound}.",
                ru="{head}: если по {all} за период начислено меньше {bound}{and_}, недостающее выплачивается авансом и удерживается в следующих периодах{of_these} из начисленного сверх {bound}.",
            )
            where = "".join(
                self.say(Words(en=" and {phrase}", ru=" и {phrase}"), phrase=self.phrase(condition, PERIOD))
                for condition in limit.conditions
            )
            if where:
                of_these = self.say(Words(en=" that meet this condition", ru=", для которых условие выполнено,"))
        return self.say(
            words, head=getattr(limit.title, self.language) + self.clause(limit.clause),
            all=", ".join(f"«{title}»" for title in titles), bound=self.operand(limit.amount, "money"), told=told,
            where=where, and_=where, of_these=of_these, comes="comes" if is_one else "together come",
            together="" if is_one else self.say(Words(en=" together", ru=" вместе")),
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
