"""What a scheme declares, in sentences: attributes, terms, tables, measures and values; and which events they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from prm.words import Language, Words, format_day
from schemes.formula import Formula
from schemes.grains import GRAINS
from schemes.model import (
    PERIOD,
    Attribute,
    DatedValue,
    Delay,
    Measure,
    NamedValue,
    OfOthers,
    Scheme,
    Table,
    Term,
)
from schemes.phrases import Phrases
from schemes.plurals import levels, span
from schemes.streams import streams
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
    "outlet": Words(en="of the period at the event's outlet", ru="за период по торговой точке события"),
    "subscriber": Words(en="of the period of the event's subscriber", ru="за период по абоненту события"),
    "quarter": Words(en="from the quarter's beginning to the period's end", ru="с начала квартала по конец периода"),
    "year": Words(en="from the year's beginning to the period's end", ru="с начала года по конец периода"),
    "contract": Words(en="from the contract's beginning to the period's end", ru="с начала договора по конец периода"),
}


def explain_stream(stream: str, language: Language) -> str:
    """The title of a stream of events, those of activations that are looked at later included."""
    if stream in streams():
        return getattr(streams()[stream].title, language)
    name, _, delay = stream.partition("_")
    title = getattr(streams()[name].title, language)
    if not int(delay[:-1]):
        return title
    told = span(int(delay[:-1]), {"d": "days", "m": "months"}[delay[-1]], language)
    return f"{title}, {_AFTER.text(language, span=told)}"


class Declarations(Phrases):
    """Tells of one scheme in one language. others: schemes in which what others earned has its titles."""

    def __init__(self, scheme: Scheme, language: Language, others: Iterable[Scheme] = ()):
        super().__init__(scheme, language)
        self.others = tuple(others)

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
        if measure.counts_by is not None:
            by = self.scheme.measures[measure.counts_by]
            assert measure.at_least is not None and by.per is not None
            return self.say(
                Words(
                    en="{head}: how many {several} have «{by}» of at least {bound}.",
                    ru="{head}: количество {several}, у которых «{by}» — не меньше {bound}.",
                ),
                head=head, several=getattr(GRAINS[by.per].several, self.language), by=getattr(by.title, self.language),
                bound=self.operand(measure.at_least, by.type),
            )  # fmt: skip
        over = self.say(_SPANS[measure.per or measure.over])
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
