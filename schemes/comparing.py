"""What changes from one scheme version to another, in sentences that a person in finance understands.

The two versions are walked field by field, so that whatever the language grows, a difference is told: a field that
has words of its own here (a rate, a condition, a tier, a dated value) in these, any other as what it was and what it
is. Two versions differ here exactly where their content hashes do. Only what a later version records of the days
before its first one is left aside: it never applies to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from prm.words import Language, Words, format_day
from schemes.canonical import plain
from schemes.explaining import Teller
from schemes.field_words import AMOUNTS, ANY_SECTION, SECTIONS, WORDING
from schemes.formula import Formula
from schemes.model import Attribute, Clawback, DatedValue, Row, Scheme, Step, Table, Term, Tiers, Value
from schemes.telling import Side, field_words, names_of

_VERSION = Words(
    en="Version {b}, which applies from {b_day}, is compared with version {a}, which applies from {a_day}.",
    ru="Версия {b}, действующая с {b_day}, сравнивается с версией {a}, действующей с {a_day}.",
)
_NOTICE = Words(
    en=" A contract that demands notice comes under it when its notice is over, counted from {announced}, if that is later.",
    ru=" Договор, требующий уведомления, переходит на неё по окончании срока уведомления, считая с {announced}, если это позже.",
)
_OTHER_SCHEME = Words(
    en="These are different schemes, «{a}» and «{b}», not two versions of one.",
    ru="Это разные схемы, «{a}» и «{b}», а не две версии одной.",
)
_NOTHING_ELSE = Words(en="Nothing else changes.", ru="Больше ничего не меняется.")
_SCHEME = Words(en="Scheme", ru="Схема")
_FALLS = Words(en="falls from {a} to {b}", ru="снижается с {a} до {b}")
_RISES = Words(en="rises from {a} to {b}", ru="повышается с {a} до {b}")
_CHANGES = Words(en="changes from {a} to {b}", ru="меняется: было — {a}, стало — {b}")
_MOVES = Words(en="{head}: the {field} {moves} from {day}.", ru="{head}: {field} {moves} с {day}.")
_BECOMES = Words(
    en="{head}: from {day} the {field} changes. Before: {a}. Now: {b}.",
    ru="{head}: с {day} меняется {field}. Было: {a}. Стало: {b}.",
)
_REWORDED = Words(
    en="{head}: the {field} changes. Before: {a}. Now: {b}.", ru="{head}: меняется {field}. Было: {a}. Стало: {b}."
)
_BY_DEFAULT = Words(
    en="The {title} {moves} from {day}, unless the contract says otherwise.",
    ru="{title} {moves} с {day}, если договором не установлено иное.",
)
_NOW_REQUIRED = Words(
    en="The {title} must be agreed with each contract from {day}; before: {told}.",
    ru="{title} с {day} устанавливается каждым договором, значения по умолчанию больше нет; прежде: {told}.",
)
_NOW_BY_DEFAULT = Words(
    en="The {title} is {told} from {day}, unless the contract says otherwise; before, each contract had to agree it.",
    ru="{title} с {day}: {told}, если договором не установлено иное; прежде значение устанавливал каждый договор.",
)
_CONDITION_NEW = Words(
    en="{head}: a further condition from {day}: {told}.", ru="{head}: дополнительное условие с {day}: {told}."
)
_CONDITION_GONE = Words(
    en="{head}: a condition falls away from {day}: {told}.", ru="{head}: условие с {day} отменяется: {told}."
)
_CONDITION_OTHER = Words(
    en="{head}: a condition changes from {day}. Before: {a}. Now: {b}.",
    ru="{head}: условие меняется с {day}. Было: {a}. Стало: {b}.",
)
_CONDITIONS_ORDER = Words(
    en="{head}: the conditions are numbered in another order from {day}.",
    ru="{head}: с {day} условия нумеруются в другом порядке.",
)
_TIER_NEW = Words(en="{head}: a new tier from {day}: {told}.", ru="{head}: новая ступень с {day}: {told}.")
_TIER_GONE = Words(en="{head}: a tier is gone from {day}: {told}.", ru="{head}: ступень с {day} отменяется: {told}.")
_TIER = Words(en="{head}: tier {tier}", ru="{head}: ступень {tier}")
_TIERS = {
    "above": Words(en="above {threshold}", ru="свыше {threshold}"),
    "from": Words(en="from {threshold}", ru="от {threshold}"),
}
_TIER_FIRST = Words(en="from the beginning", ru="с начала")
_ROW_NEW = Words(en="{head}: a new row from {day}: {row} — {told}.", ru="{head}: новая строка с {day}: {row} — {told}.")
_ROW_GONE = Words(en="{head}: a row is gone from {day}: {row}.", ru="{head}: строки с {day} больше нет: {row}.")
_ROWS_ORDER = Words(en="{head}: the rows stand in another order.", ru="{head}: строки стоят в другом порядке.")
_FROM = Words(en="{moves} from {day}", ru="{moves} с {day}")
_DECIDED = Words(en=" (decided on {day})", ru=" (решение от {day})")
_LATER = Words(en="from {day} {b} instead of {a}", ru="с {day} — {b} вместо {a}")
_LATER_NEW = Words(en="from {day} {b}, not given before", ru="с {day} — {b}, прежде не задано")
_AS_BEFORE = Words(en="from {day} {b}, as before", ru="с {day} — {b}, как и прежде")
_ANYTIME = Words(en="at any time", ru="без срока")
_WINDOW = {"within", "since", "not_counting"}
"""The fields of a clawback that say together until when something is taken back."""
_RECORD = Words(
    en="{head}: the days or decisions recorded for the same values change; what is paid from {day} on does not.",
    ru="{head}: меняются записанные дни или решения при тех же значениях; на выплаты с {day} это не влияет.",
)
_RAW = Words(en="{told} (in the file: «{raw}»)", ru="{told} (в файле: «{raw}»)")


def compare(before: Scheme, after: Scheme, language: Language) -> list[str]:
    """What changes from one version to the other, and from which day; empty where both say the same.

    Days are those of `after`: what it changes applies from its first day on, dated values from their own.
    """
    if after.valid_from > before.valid_from:
        before, after = _since(before, after.valid_from), _since(after, after.valid_from)
    comparison = _Comparison(before, after, language)
    told = list(comparison.sentences())
    return [*told, comparison.say(_NOTHING_ELSE)] if told == [comparison.version()] else told


def _since(part: Any, day: date) -> Any:
    """A part of a scheme as it speaks of a day and those after it."""
    if isinstance(part, tuple) and part and all(isinstance(each, DatedValue) for each in part):
        held = _in_force(part, day)
        later = tuple(dated for dated in part if dated.valid_from > day)
        return later if held is None else (held if held.valid_from == day else DatedValue(day, held.value), *later)
    if isinstance(part, tuple):
        return tuple(_since(each, day) for each in part)
    if isinstance(part, dict):
        return {name: _since(each, day) for name, each in part.items()}
    if is_dataclass(part) and not isinstance(part, Formula | Words | type):
        return replace(part, **{name: _since(getattr(part, name), day) for name in names_of(part)})
    return part


def _in_annex(name: str) -> int:
    """Where a field of a scheme is told of: what it says of itself first, then its sections as an annex has them."""
    sections = [*SECTIONS]
    return sections.index(name) if name in SECTIONS else -1


def _is_same(a: Any, b: Any) -> bool:
    return plain(a) == plain(b)


Told = Iterator[str]
Special = Callable[[str, Side, Side], Told]


class _Comparison:
    """Compares two versions in one language."""

    def __init__(self, before: Scheme, after: Scheme, language: Language):
        self.before, self.after = Side(Teller(before, language), before), Side(Teller(after, language), after)
        self.language, self.start = language, after.valid_from
        self.special: dict[tuple[type, str], Special] = {
            (Attribute, "default"): self.default,
            (Term, "values"): self.dated,
            (Row, "values"): self.dated,
            (Table, "rows"): self.rows,
            (Tiers, "steps"): self.steps,
        }

    def say(self, words: Words, **values: object) -> str:
        return words.text(self.language, **({"day": self.day(self.start)} | values))

    def day(self, day: date) -> str:
        return format_day(day, self.language)

    def sentences(self) -> Told:
        before, after = self.before.of, self.after.of
        if before.scheme != after.scheme:
            yield self.say(_OTHER_SCHEME, a=before.scheme, b=after.scheme)
        if (before.version, before.valid_from) != (after.version, after.valid_from):
            yield self.version()
        names = [name for name in names_of(after) if name not in ("version", "valid_from")]
        yield from self.part(self.say(_SCHEME), self.before, self.after, sorted(names, key=_in_annex))

    def version(self) -> str:
        """Which versions these are."""
        before, after = self.before.of, self.after.of
        told = self.say(
            _VERSION, a=before.version, b=after.version, a_day=self.day(before.valid_from), b_day=self.day(after.valid_from)
        )  # fmt: skip
        if after.valid_from > before.valid_from:
            told += self.say(_NOTICE, announced=self.day(after.announced_on or after.valid_from))
        return told

    # --- parts and fields

    def part(self, head: str, a: Side, b: Side, names: list[str] | None = None) -> Told:
        """The differences of two parts of the same kind, field by field."""
        differing = [name for name in names or names_of(b.of) if not _is_same(getattr(a.of, name), getattr(b.of, name))]
        if isinstance(b.of, Clawback) and not _WINDOW.isdisjoint(differing):
            told_a, told_b = a.teller.window(a.of), b.teller.window(b.of)
            if told_a != told_b:  # one term, told whole
                anytime = self.say(_ANYTIME)
                both = [told.removeprefix(",").strip() or anytime for told in (told_a, told_b)]
                field = field_words("within", self.language)
                yield self.say(_BECOMES, head=head, field=field, a=both[0], b=both[1])
                differing = [name for name in differing if name not in _WINDOW]
        for name in differing:
            yield from self.field(name, head, a, b)

    def field(self, name: str, head: str, a: Side, b: Side) -> Told:
        """The difference of a field: in its own words, part by part, or as what it was and what it is."""
        of_a, of_b = getattr(a.of, name), getattr(b.of, name)
        special = self.conditions if name == "conditions" else self.special.get((type(b.of), name))
        told: list[str] = []
        if special is not None:
            told = list(special(head, a, b))
        elif isinstance(of_a, dict) and isinstance(of_b, dict):
            told = list(self.section(name, a, b))
        elif is_dataclass(of_b) and type(of_a) is type(of_b) and not isinstance(of_b, Formula | Words):
            told = list(self.part(head, a.part(of_a), b.part(of_b)))
        yield from told or [self.was_and_is(name, head, a, b)]

    def was_and_is(self, name: str, head: str, a: Side, b: Side) -> str:
        words = field_words("keeps" if name == "pay" and b.of.claws_back else name, self.language)
        if name == "amount" and (bound := getattr(b.of, "bound", None)) in AMOUNTS:
            words = self.say(AMOUNTS[bound])
        moves = self.moves(name, a, b)
        if moves is not None:
            return self.say(_MOVES, head=head, field=words, moves=moves)
        told_a, told_b = self.both(name, a, b)
        template = _REWORDED if name in WORDING else _BECOMES
        return self.say(template, head=head, field=words, a=told_a, b=told_b)

    def moves(self, name: str, a: Side, b: Side) -> str | None:
        """How a number rises or falls; None for anything else."""
        of_a, of_b = getattr(a.of, name), getattr(b.of, name)
        return self.moved((of_a, of_b), self.both(name, a, b)) if a.unit(name) == b.unit(name) else None

    def moved(self, values: tuple[Any, Any], told: tuple[str, str]) -> str | None:
        if not all(isinstance(of, Decimal | int) and not isinstance(of, bool) for of in values):
            return None
        return self.say(_RISES if values[1] > values[0] else _FALLS, a=told[0], b=told[1])

    def both(self, name: str, a: Side, b: Side) -> tuple[str, str]:
        """A field of both sides in words; as it stands in the files too, where the words are the same."""
        told_a, told_b = a.told(name), b.told(name)
        if told_a == told_b:
            return self.say(_RAW, told=told_a, raw=a.raw(name)), self.say(_RAW, told=told_b, raw=b.raw(name))
        return told_a, told_b

    def section(self, name: str, a: Side, b: Side) -> Told:
        """The parts of a section: those that changed or are new in the order of the annex, then those that are gone."""
        of_a, of_b = getattr(a.of, name), getattr(b.of, name)
        for key, part in of_b.items():
            if key not in of_a:
                yield self.new(name, key, b.part(part))
            elif not _is_same(of_a[key], part):
                yield from self.part(self.head(key, b, part), a.part(of_a[key]), b.part(part))
        for key, part in of_a.items():
            if key not in of_b:
                gone = SECTIONS.get(name, ANY_SECTION)[1]
                title = getattr(getattr(part, "title", None), self.language, key)
                yield self.say(gone, section=name, name=key, title=title)

    def head(self, key: str, side: Side, part: Any) -> str:
        title = getattr(part, "title", None)
        return f"{side.teller.title(title) if title else f'«{key}»'}{side.teller.clause(getattr(part, 'clause', None))}"

    def new(self, section: str, key: str, side: Side) -> str:
        tell = _PARTS.get(section)
        told = tell(side.teller, side.of) if tell else f"{side.tell(key, side.of)}."
        return self.say(SECTIONS.get(section, ANY_SECTION)[0], section=section, name=key, told=told)

    # --- fields with words of their own

    def default(self, head: str, a: Side, b: Side) -> Told:
        title = getattr(b.of.title, self.language) + b.teller.clause(b.of.clause)
        title = title[:1].upper() + title[1:] if self.language == "ru" else title
        if a.of.default is None or b.of.default is None:
            words, side = (_NOW_REQUIRED, a) if b.of.default is None else (_NOW_BY_DEFAULT, b)
            yield self.say(words, title=title, told=side.told("default"))
            return
        moves = self.moves("default", a, b)
        if moves is None:
            told_a, told_b = self.both("default", a, b)
            moves = self.say(_CHANGES, a=told_a, b=told_b)
        yield self.say(_BY_DEFAULT, title=title, moves=moves)

    def conditions(self, head: str, a: Side, b: Side) -> Told:
        texts_a, texts_b = ([condition.text for condition in side.of.conditions] for side in (a, b))
        gone = [condition for condition in a.of.conditions if condition.text not in texts_b]
        new = [condition for condition in b.of.conditions if condition.text not in texts_a]
        told_gone, told_new = ([side.tell("conditions", each) for each in of] for side, of in ((a, gone), (b, new)))
        if len(gone) == len(new) == 1 and told_gone != told_new:
            yield self.say(_CONDITION_OTHER, head=head, a=told_gone[0], b=told_new[0])
        else:
            for told in told_new:
                yield self.say(_CONDITION_NEW, head=head, told=told)
            for told in told_gone:
                yield self.say(_CONDITION_GONE, head=head, told=told)
        stay_a, stay_b = ([text for text in of if text in texts_a and text in texts_b] for of in (texts_a, texts_b))
        if stay_a != stay_b:
            yield self.say(_CONDITIONS_ORDER, head=head)

    def steps(self, head: str, a: Side, b: Side) -> Told:
        of_a, of_b = ({step.threshold: step for step in side.of.steps} for side in (a, b))
        for index, step in enumerate(b.of.steps):
            if step.threshold not in of_a:
                yield self.say(_TIER_NEW, head=head, told=b.teller.step(b.of, index))
            elif not _is_same(of_a[step.threshold], step):
                tier = self.say(_TIER, head=head, tier=self.tier(b, step))
                yield from self.part(tier, a.part(of_a[step.threshold]), b.part(step))
        for step in a.of.steps:
            if step.threshold not in of_b:
                yield self.say(_TIER_GONE, head=head, told=self.tier(a, step))

    def tier(self, side: Side, step: Step) -> str:
        words = _TIERS[side.of.boundary] if step.threshold else _TIER_FIRST
        return self.say(words, threshold=side.part(step).told("threshold"))

    def rows(self, head: str, a: Side, b: Side) -> Told:
        of_a, of_b = ({row.keys: row for row in side.of.rows} for side in (a, b))
        for row in b.of.rows:
            name = b.tell("keys", row.keys)
            if row.keys not in of_a:
                told = b.teller.row_values(row.values, b.type)
                yield self.say(_ROW_NEW, head=head, row=name, told=told)
            elif not _is_same(of_a[row.keys], row):
                yield from self.part(f"{head}: {name}", a.part(of_a[row.keys]), b.part(row))
        for row in a.of.rows:
            if row.keys not in of_b:
                yield self.say(_ROW_GONE, head=head, row=a.tell("keys", row.keys))
        if [keys for keys in of_a if keys in of_b] != [keys for keys in of_b if keys in of_a]:
            yield self.say(_ROWS_ORDER, head=head)

    def dated(self, head: str, a: Side, b: Side) -> Told:
        """Dated values: what is in force on each day from the new version's first on."""
        days = {dated.valid_from for side in (a, b) for dated in side.of.values if dated.valid_from > self.start}
        told: list[str] = []
        last: tuple[Value | None, Value | None] = (None, None)
        for day in sorted({self.start, *days}):
            held_a, held_b = _in_force(a.of.values, day), _in_force(b.of.values, day)
            pair = (held_a.value if held_a else None, held_b.value if held_b else None)
            if pair == last or (pair[0] == pair[1] and (not told or last[0] == last[1])):
                last = pair
                continue
            words = (a.tell("value", pair[0]), b.tell("value", pair[1]))
            if pair[0] == pair[1]:
                told.append(self.say(_AS_BEFORE, day=self.day(day), b=words[1]))
            elif day == self.start:
                moves = self.moved(pair, words) if a.unit("value") == b.unit("value") else None
                told.append(self.say(_FROM, moves=moves or self.say(_CHANGES, a=words[0], b=words[1])))
            else:
                later = _LATER if held_a else _LATER_NEW
                told.append(self.say(later, day=self.day(day), a=words[0], b=words[1]))
            if held_b and held_b.valid_from == day and held_b.decided_on:
                told[-1] += self.say(_DECIDED, day=self.day(held_b.decided_on))
            last = pair
        if told:
            yield f"{head}: {'; '.join(told)}."
        if not told or _record(a.of.values, b.of.values, self.start):
            yield self.say(_RECORD, head=head)


def _in_force(values: tuple[DatedValue, ...], day: date) -> DatedValue | None:
    begun = [dated for dated in values if dated.valid_from <= day]
    return begun[-1] if begun else None


def _record(a: tuple[DatedValue, ...], b: tuple[DatedValue, ...], start: date) -> bool:
    """Whether dated values differ in what they record of the days before one, or in when a same value was decided."""
    decided_a, decided_b = ({(dated.valid_from, dated.value): dated.decided_on for dated in of} for of in (a, b))
    if any(decided_a[key] != decided_b[key] for key in decided_a.keys() & decided_b.keys()):
        return True
    past_a, past_b = ([dated for dated in of if dated.valid_from < start] for of in (a, b))
    return past_a != past_b


_PARTS: dict[str, Callable[[Teller, Any], str]] = {
    "attributes": Teller.attribute,
    "terms": Teller.term,
    "tables": Teller.table,
    "measures": Teller.measure,
    "values": Teller.named_value,
    "components": Teller.component,
    "limits": Teller.limit,
}
"""How a part of each section is told of where it is new."""
