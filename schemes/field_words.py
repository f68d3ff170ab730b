"""What the model's fields and choices are called, in both languages: how a difference of two versions is worded.

A field without words is told by its name in the file, so nothing is left out while words are missing; a test asks
for them. A Russian field is a noun of the singular: «меняется …».
"""

from __future__ import annotations

from prm.words import Words
from schemes.reading import RU_TYPES

WORDING = ("title", "clause", "document")
"""Fields that only say what something is called, or where it stands: they change nothing from a day on."""

FIELDS: dict[str, Words] = {
    "announced_on": Words(en="day of announcement", ru="день объявления"),
    "after": Words(en="time after the event", ru="срок после события"),
    "amount": Words(en="amount", ru="сумма"),
    "applied_to": Words(en="base of the rate", ru="база ставки"),
    "at_least": Words(en="number to be reached", ru="порог"),
    "between": Words(en="range", ru="диапазон"),
    "bound": Words(en="kind of limit", ru="вид предела"),
    "boundary": Words(en="side of a threshold", ru="сторона порога"),
    "by": Words(en="way of measuring", ru="способ измерения"),
    "split_by": Words(en="what it is shared by", ru="то, по чему делится сумма"),
    "claws_back": Words(en="taking back", ru="порядок возврата"),
    "clause": Words(en="clause", ru="пункт документа"),
    "conditions": Words(en="list of conditions", ru="перечень условий"),
    "count": Words(en="count", ru="число"),
    "counting": Words(en="way of counting", ru="способ счёта"),
    "currency": Words(en="currency", ru="валюта"),
    "decided_on": Words(en="day of decision", ru="день решения"),
    "default": Words(en="value by default", ru="значение по умолчанию"),
    "document": Words(en="document", ru="документ"),
    "each": Words(en="subject of rounding", ru="предмет округления"),
    "formula": Words(en="formula", ru="формула"),
    "in_order": Words(en="paying event by event, in the order of days", ru="оплата событий по порядку дат"),
    "keys": Words(en="list of keys", ru="перечень ключей"),
    "keeps": Words(en="part that is kept", ru="остающаяся часть"),
    "level": Words(en="number of levels below", ru="число уровней ниже"),
    "measure": Words(en="measured quantity", ru="измеряемая величина"),
    "missing": Words(en="value for all other keys", ru="значение для остальных ключей"),
    "mode": Words(en="way of rounding", ru="способ округления"),
    "months_ago": Words(en="number of months looked back", ru="число месяцев назад"),
    "not_counting": Words(en="time that does not count", ru="неучитываемое время"),
    "names": Words(en="list of what is added up", ru="перечень слагаемого"),
    "of": Words(en="list of components", ru="перечень составляющих"),
    "of_others": Words(en="reckoning of others", ru="учёт других контрагентов"),
    "on": Words(en="event", ru="событие"),
    "over": Words(en="span", ru="период подсчёта"),
    "outlets": Words(en="measure by which outlets are counted", ru="показатель, по которому считаются точки"),
    "subscribers": Words(
        en="measure by which subscribers are counted", ru="показатель, по которому считаются абоненты"
    ),
    "pay": Words(en="payment", ru="выплата"),
    "pays": Words(en="kind of rate", ru="вид ставки"),
    "per": Words(en="unit of reckoning", ru="единица подсчёта"),
    "places": Words(en="number of decimal places", ru="число знаков после запятой"),
    "plan": Words(en="plan", ru="план"),
    "rate": Words(en="rate", ru="ставка"),
    "recoverable": Words(en="giving back of the draw", ru="возврат аванса"),
    "rounding": Words(en="rounding", ru="округление"),
    "rows": Words(en="list of rows", ru="перечень строк"),
    "scheme": Words(en="name", ru="имя схемы"),
    "steps": Words(en="list of tiers", ru="перечень ступеней"),
    "since": Words(en="beginning of the term", ru="начало срока"),
    "sum": Words(en="quantity added up", ru="складываемая величина"),
    "threshold": Words(en="threshold", ru="порог"),
    "title": Words(en="title", ru="название"),
    "type": Words(en="type", ru="тип"),
    "unit": Words(en="unit", ru="единица"),
    "valid_from": Words(en="first day", ru="первый день"),
    "value": Words(en="value", ru="значение"),
    "values": Words(en="list of values", ru="перечень значений"),
    "version": Words(en="version", ru="версия"),
    "what": Words(en="kind of what is added up", ru="вид слагаемого"),
    "within": Words(en="term", ru="срок"),
    "whose": Words(en="circle of counterparties", ru="круг контрагентов"),
}

CHOICES: dict[str, dict[str, Words]] = {
    "bound": {
        "at_most": Words(en="at most", ru="не более"),
        "at_least": Words(en="at least", ru="не менее"),
    },
    "boundary": {
        "above": Words(
            en="exactly the threshold belongs to the tier below", ru="ровно порог относится к нижней ступени"
        ),
        "from": Words(
            en="exactly the threshold belongs to the tier above", ru="ровно порог относится к верхней ступени"
        ),
    },
    "by": {
        "count": Words(en="the number of events", ru="количество событий"),
        "sum": Words(en="a sum over events", ru="сумма по событиям"),
        "value": Words(en="a value of the period", ru="величина за период"),
    },
    "counting": {
        "slice": Words(en="each part at its own tier's rate", ru="каждая часть — по ставке своей ступени"),
        "whole": Words(
            en="everything at the rate of the tier reached", ru="весь объём — по ставке достигнутой ступени"
        ),
        "interpolated": Words(
            en="everything at a rate that rises evenly between the thresholds",
            ru="весь объём — по ставке, равномерно растущей между порогами",
        ),
    },
    "each": {
        "line": Words(en="each line", ru="каждая строка"),
        "total": Words(en="each component's total", ru="итог каждой составляющей"),
    },
    "mode": {
        "half_up": Words(en="a half away from zero", ru="половина — от нуля"),
        "half_even": Words(en="a half to the even digit", ru="половина — к чётной цифре"),
        "down": Words(en="always towards zero", ru="всегда к нулю"),
        "up": Words(en="always away from zero", ru="всегда от нуля"),
    },
    "over": {
        "period": Words(en="the period", ru="расчётный период"),
        "quarter": Words(en="since the quarter's beginning", ru="с начала квартала"),
        "year": Words(en="since the year's beginning", ru="с начала года"),
        "contract": Words(en="since the contract's beginning", ru="с начала договора"),
        "event": Words(en="each event by itself", ru="каждое событие отдельно"),
    },
    "per": {
        "outlet": Words(en="each outlet by itself", ru="каждая торговая точка отдельно"),
        "subscriber": Words(en="each subscriber by itself", ru="каждый абонент отдельно"),
    },
    "pays": {
        "each": Words(en="a sum for each", ru="сумма за каждое"),
        "share": Words(en="a share", ru="доля"),
        "fixed": Words(en="a sum for reaching the tier", ru="сумма за достижение ступени"),
    },
    "not_counting": {"suspension": Words(en="days of suspension", ru="дни приостановки")},
    "since": {
        "event": Words(en="the day of what was paid", ru="день оплаченного события"),
        "activation": Words(en="the activation", ru="активация"),
    },
    "type": {kind: Words(en=kind, ru=ru) for kind, ru in RU_TYPES.items()},
    "unit": {"days": Words(en="day", ru="день"), "months": Words(en="month", ru="месяц")},
    "what": {
        "earned": Words(en="what was earned", ru="вознаграждение"),
        "counted": Words(en="what was counted", ru="показатели"),
    },
    "whose": {
        "below": Words(en="counterparties below", ru="нижестоящие контрагенты"),
        "group": Words(en="this counterparty and all below it", ru="контрагент и все нижестоящие"),
        "whole_group": Words(en="the whole group", ru="вся группа"),
    },
}
"""The words that a field may hold in a file, as a person says them."""

AMOUNTS = {"at_most": Words(en="cap", ru="потолок"), "at_least": Words(en="guarantee", ru="гарантия")}
"""What a limit's amount is called, by its bound."""

SECTIONS: dict[str, tuple[Words, Words]] = {
    "attributes": (
        Words(en="New attribute from {day}. {told}", ru="Новый атрибут с {day}. {told}"),
        Words(en="The attribute «{title}» is gone from {day}.", ru="Атрибута «{title}» с {day} больше нет."),
    ),
    "terms": (
        Words(en="New term from {day}. {told}", ru="Новое условие с {day}. {told}"),
        Words(en="The term «{title}» is gone from {day}.", ru="Условия «{title}» с {day} больше нет."),
    ),
    "tables": (
        Words(en="New table from {day}. {told}", ru="Новая таблица с {day}. {told}"),
        Words(en="The table «{title}» is gone from {day}.", ru="Таблицы «{title}» с {day} больше нет."),
    ),
    "measures": (
        Words(en="New measure from {day}. {told}", ru="Новый показатель с {day}. {told}"),
        Words(en="The measure «{title}» is gone from {day}.", ru="Показателя «{title}» с {day} больше нет."),
    ),
    "values": (
        Words(en="New value from {day}. {told}", ru="Новая величина с {day}. {told}"),
        Words(en="The value «{title}» is gone from {day}.", ru="Величины «{title}» с {day} больше нет."),
    ),
    "components": (
        Words(en="New component from {day}. {told}", ru="Новая составляющая с {day}. {told}"),
        Words(en="The component «{title}» is gone from {day}.", ru="Составляющей «{title}» с {day} больше нет."),
    ),
    "limits": (
        Words(en="New limit from {day}. {told}", ru="Новый предел с {day}. {told}"),
        Words(en="The limit «{title}» is gone from {day}.", ru="Предела «{title}» с {day} больше нет."),
    ),
}
"""How a part of a section is said to be new, and to be gone."""
ANY_SECTION = (
    Words(
        en="New in «{section}» from {day}: «{name}». {told}", ru="Новое в разделе «{section}» с {day}: «{name}». {told}"
    ),
    Words(en="Gone from «{section}» from {day}: «{name}».", ru="В разделе «{section}» с {day} больше нет: «{name}»."),
)
