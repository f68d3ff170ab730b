"""The words of explanations, in both languages."""

from __future__ import annotations

from decimal import Decimal

from prm.words import Language, Words, format_money

OUTCOMES = {
    "paid": Words(en="Paid: {amount}.", ru="Начислено: {amount}."),
    "counted": Words(en="Counted: nothing is paid for it by itself, it counts towards what is paid for the period as a whole.", ru="Учтено: отдельно не оплачивается, входит в показатель, по которому платят за период в целом."),
    "capped": Words(en="Taken away by a limit: {amount}.", ru="Снято пределом: {amount}."),
    "guaranteed": Words(en="Added up to a guarantee: {amount}.", ru="Доплачено до гарантии: {amount}."),
    "recovered": Words(en="Given back of what was drawn before: {amount}.", ru="Возвращено из полученного ранее аванса: {amount}."),
    "clawed_back": Words(en="Taken back: {amount}.", ru="Возвращается (удерживается): {amount}."),
    "reinstated": Words(en="Given back after it had been taken back: {amount}.", ru="Восстановлено после возврата: {amount}."),
    "rounded": Words(en="Rounding of a total: {amount}.", ru="Округление итога: {amount}."),
    "not_eligible": Words(en="Not paid: {reason}.", ru="Не оплачено: {reason}."),
}  # fmt: skip
SHORT_OUTCOMES = {
    "paid": Words(en="paid", ru="оплачено"),
    "counted": Words(en="counted towards the period", ru="учтено в показателе периода"),
    "capped": Words(en="taken away by the limit", ru="снято пределом"),
    "guaranteed": Words(en="added up to the guarantee", ru="доплачено до гарантии"),
    "recovered": Words(en="given back of what was drawn", ru="возврат аванса"),
    "clawed_back": Words(en="taken back", ru="возвращено (удержано)"),
    "reinstated": Words(en="given back after it had been taken back", ru="восстановлено после возврата"),
    "rounded": Words(en="rounding of the total", ru="округление итога"),
    "not_eligible": Words(en="not paid", ru="не оплачено"),
}
WORDS = {
    # values
    "unknown": Words(en="not known", ru="неизвестно"),
    "of_row": Words(en="from the input row", ru="из входной строки"),
    "of_first_days": Words(en="from the charges or payments of the subscriber", ru="по начислениям или платежам абонента"),
    "of_term": Words(en="term of the scheme, from {day}", ru="условие схемы, с {day}"),
    "decided": Words(en=" (decided on {day})", ru=" (решение от {day})"),
    "of_default": Words(en="the scheme's default: nothing else was agreed", ru="значение схемы по умолчанию: иное не согласовано"),
    "of_contract": Words(en="contract {contract}", ru="договора {contract}"),
    "agreed_since": Words(en="value of {whose}, from {day}", ru="значение {whose}, с {day}"),
    "agreed_always": Words(en="value of {whose}", ru="значение {whose}"),
    "from_file": Words(en="from the file", ru="из файла"),
    "set_by": Words(en="set by {author}", ru="кто установил: {author}"),
    "of_table": Words(en="from the table by {keys}", ru="из таблицы по ключам: {keys}"),
    "no_row": Words(en="the table has no row for these keys", ru="в таблице нет строки с такими ключами"),
    "of_total": Words(en="total of the period under the contract", ru="итог за период по договору"),
    "of_period_before": Words(en="what the period {period} had left to take back", ru="что осталось от выплаты за {period}"),
    "counted": Words(en="{period}, contract {contract}: events {n}", ru="{period}, договор {contract}: событий {n}"),
    "summed": Words(en="{period}, contract {contract}: {sum} in {n} events", ru="{period}, договор {contract}: {sum}, событий {n}"),
    "more": Words(en="and {n} more", ru="и ещё {n}"),
    "of_instalment": Words(en="the rule looks at the activation at these times", ru="правило смотрит на активацию в эти сроки"),
    # lines
    "headline": Words(en="{component}: {event}, {day}", ru="{component}: {event}, {day}"),
    "headline_period": Words(en="{component}, for {period}", ru="{component}, за {period}"),
    "headline_nothing": Words(en="{event}, {day}", ru="{event}, {day}"),
    "of_subscriber": Words(en=", subscriber {subscriber}", ru=", абонент {subscriber}"),
    "whose": Words(en="Counterparty {name} ({id}), contract {contract}.", ru="Контрагент {name} ({id}), договор {contract}."),
    "version": Words(en="Version {version} of the scheme «{scheme}» applies to contract {contract} from {day}.", ru="К договору {contract} с {day} применяется версия {version} схемы «{scheme}»."),
    "version_valid": Words(en=" That is its first day.", ru=" Это первый день её действия."),
    "version_notice": Words(en=" It is valid from {valid} and was announced on {announced}; the contract demands {days} days' notice.", ru=" Версия действует с {valid}, объявлена {announced}; договор требует уведомления за {days} дн."),
    "failed": Words(en="condition {number} is not met: {sentence}", ru="не выполнено условие {number}: {sentence}"),
    "failed_window": Words(en="outside the term of payment, condition {number}: {sentence}", ru="вне срока выплаты, условие {number}: {sentence}"),
    "reckoned_same": Words(en="{formula} = {exact}", ru="{formula} = {exact}"),
    "reckoned": Words(en="{formula} = {exact}, rounded: {amount}", ru="{formula} = {exact}, после округления: {amount}"),
    "reckoned_unknown": Words(en="{formula}: not known", ru="{formula}: неизвестно"),
    "disagrees": Words(en="Reckoned again from these values, the amount is another one: tell whoever looks after the system.", ru="Повторный расчёт по этим значениям даёт другую сумму: сообщите тем, кто сопровождает систему."),
    "shared": Words(en="{whole}; shared by «{measure}»: {up_to} of {all} up to this contract are due {due}, {before} of {all} before it {due_before}; so {amount}", ru="{whole}; делится по показателю «{measure}»: на {up_to} из {all} по этот договор включительно причитается {due}, на {before} из {all} до него — {due_before}; поэтому {amount}"),
    "measured": Words(en="Measured: {measure}.", ru="Показатель: {measure}."),
    "in_order": Words(en="Events are counted in their order: this one has the part of the tiers that it reached when its turn came.", ru="События считаются по порядку: за это событие платится та часть ступеней, которой достигла его очередь."),
    "tier_each": Words(en="tier {step} ({threshold}): {measure} × {rate} = {amount}", ru="ступень {step} ({threshold}): {measure} × {rate} = {amount}"),
    "tier_fixed": Words(en="tier {step} ({threshold}), of {measure}: {amount}", ru="ступень {step} ({threshold}), показатель {measure}: {amount}"),
    "tier_above": Words(en="above {threshold}", ru="свыше {threshold}"),
    "tier_from": Words(en="from {threshold}", ru="от {threshold}"),
    "tier_first": Words(en="from the beginning", ru="с начала"),
    "tiers_same": Words(en="the tiers together: {exact}", ru="ступени вместе: {exact}"),
    "tiers": Words(en="the tiers together: {exact}, rounded: {amount}", ru="ступени вместе: {exact}, после округления: {amount}"),
    "tiers_kept": Words(en="kept is what the tiers come to: {kept}", ru="остаётся то, что дают ступени: {kept}"),
    "measured_before": Words(en="Measured before this period: {measure}.", ru="Показатель до этого периода: {measure}."),
    "measured_by": Words(en="Measured: {formula} = {measure}.", ru="Показатель: {formula} = {measure}."),
    "counted_for": Words(en="counted in {title}: {day}, subscriber {subscriber}", ru="учтено в показателе {title}: {day}, абонент {subscriber}"),
    "capped": Words(en="limit «{title}» of this contract took away {amount} of all that it limits", ru="предел «{title}» по этому договору снял {amount} со всего, что он ограничивает"),
    "guaranteed": Words(en="guarantee «{title}» of this contract added {amount}", ru="гарантия «{title}» по этому договору добавила {amount}"),
    "recovered": Words(en="draw «{title}» of this contract took {amount} back", ru="аванс «{title}» по этому договору возвращён на {amount}"),
    "rounding_line": Words(en="rounding of the total «{title}»: {amount}", ru="округление итога «{title}»: {amount}"),
    "limit_most": Words(en="together {total}, at most {bound}: {amount} is above", ru="вместе {total}, не больше {bound}: сверх предела {amount}"),
    "limit_least": Words(en="together {total}, at least {bound}: {amount} is missing", ru="вместе {total}, не меньше {bound}: не хватает {amount}"),
    "limit_recovered": Words(en="together {total}, above {bound}; drawn before and not given back yet: {drawn}; given back now: {amount}", ru="вместе {total}, больше {bound}; ранее получено и не возвращено: {drawn}; возвращается сейчас: {amount}"),
    "rounding": Words(en="exact total {exact}, rounded {amount}", ru="точный итог {exact}, после округления {amount}"),
    "counts_for": Words(en="counts here: {title}, {amount}", ru="учтено здесь: {title}, {amount}"),
    "counted_line": Words(en="counted: {day}, subscriber {subscriber}", ru="учтено: {day}, абонент {subscriber}"),
    "counted_lines_more": Words(en="…of {n} events counted", ru="…всего учтено событий: {n}"),
    "instalment": Words(en="Instalment {number} of {count}: the activation is {event} old.", ru="Выплата {number} из {count}: {event}."),
    # taking back
    "taken": Words(en="What is taken back: «{component}» of {period}, paid for: {event}, {day}.", ru="Что возвращается: «{component}» за {period}, начислено за событие: {event}, {day}."),
    "given": Words(en="What is given back: what «{component}» took back by {day}.", ru="Что восстанавливается: возвращённое по «{component}» по {day}."),
    "given_of": Words(en="That had been paid as «{component}» for {period}: {event}, {day}.", ru="Возвращали выплаченное по «{component}» за {period}: {event}, {day}."),
    "given_line": Words(en="the line that took back: {component}, {amount}", ru="строка возврата: {component}, {amount}"),
    "paid_line": Words(en="the line that had been paid: {component}, {amount}", ru="строка, по которой было выплачено: {component}, {amount}"),
    "given_in_full": Words(en="All of it is given back.", ru="Восстанавливается полностью."),
    "taken_total": Words(en="What is looked at again: «{component}» of {period}.", ru="Что пересматривается: «{component}» за {period}."),
    "taken_by": Words(en="It is taken back by: {event}, {day}.", ru="Основание возврата: {event}, {day}."),
    "given_by": Words(en="It is given back by: {event}, {day}.", ru="Основание восстановления: {event}, {day}."),
    "taken_amount": Words(en="The line earned {amount}; caps cut it, and {paid} counts as paid.", ru="По строке начислено {amount}, с учётом снятого пределами выплачено {paid}."),
    "taken_amount_same": Words(en="It had paid {paid}.", ru="По строке было выплачено {paid}."),
    "taken_gone": Words(en="In the current results of {period} that line is not there any more.", ru="В действующих результатах за {period} такой строки больше нет."),
    "window_days": Words(en="Its term runs from {day}: {elapsed} of {window} days are over.", ru="Срок считается с {day}: прошло {elapsed} из {window} дн."),
    "window_months": Words(en="Its term runs from {day}: {elapsed} of {window} whole months are over.", ru="Срок считается с {day}: прошло {elapsed} из {window} полных мес."),
    "kept_nothing": Words(en="Nothing of it is kept.", ru="Ничего не остаётся."),
    "kept": Words(en="Kept is: {formula} = {kept}.", ru="Остаётся: {formula} = {kept}."),
    "left": Words(en="Left of it before this: {left}; so {amount}.", ru="До этого оставалось {left}; поэтому {amount}."),
    "taken_line": Words(en="the line it takes from: {component}, {amount}", ru="строка, с которой возвращается: {component}, {amount}"),
    "taken_back_in_period": Words(en="in the same period, «{component}» took back {amount} of it", ru="в том же периоде по «{component}» с этой строки возвращено {amount}"),
    "given_back_in_period": Words(en="in the same period, «{component}» gave back {amount}", ru="в том же периоде по «{component}» восстановлено {amount}"),
    "paid": Words(en="what was paid, less what caps had cut", ru="выплачено, за вычетом снятого пределами"),
    "window": Words(en="the rule's own", ru="задано правилом"),
    "elapsed": Words(en="from {day}", ru="считая с {day}"),
    # whose and why nothing
    "owner_kit": Words(en="The subscriber is the counterparty's: outlet {outlet} sold the kit {iccid} on {day} (sale {sale}).", ru="Абонент привязан к контрагенту: комплект {iccid} продан точкой {outlet} {day} (продажа {sale})."),
    "owner_manual": Words(en="The subscriber was linked to outlet {outlet} by hand, from {day}.", ru="Абонент привязан к точке {outlet} вручную, с {day}."),
    "owner_none": Words(en="No known outlet sold the kit {iccid} before the activation on {day}.", ru="Ни одна известная точка не продавала комплект {iccid} до активации {day}."),
    "owner_conflict": Words(en="The kit {iccid} was sold by different counterparties before the activation on {day}:", ru="Комплект {iccid} до активации {day} продан разными контрагентами:"),
    "sale": Words(en="sale {sale}: {day}, outlet {outlet}, counterparty {counterparty}", ru="продажа {sale}: {day}, точка {outlet}, контрагент {counterparty}"),
    "mark": Words(en="A fraud mark is in force from {first} to {last}.", ru="Отметка о фроде действует с {first} по {last}."),
    "mark_open": Words(en="A fraud mark is in force from {first}.", ru="Отметка о фроде действует с {first}."),
    "repeated": Words(en="The same number ({event}) stands first in the file {file}, row {row}.", ru="Тот же номер ({event}) впервые стоит в файле {file}, строка {row}."),
    # rewards
    "reward": Words(en="Reward of {name} ({id}) for {period}", ru="Вознаграждение {name} ({id}) за {period}"),
    "no_reward": Words(en="{id} has no rewards of {period} that fit.", ru="У {id} нет подходящих вознаграждений за {period}."),
    # rows
    "row": Words(en="{file}, row {row}", ru="{file}, строка {row}"),
    "row_lines": Words(en="The row was calculated: it has {n} line(s).", ru="Строка рассчитана: строк расчёта — {n}."),
    "row_refused": Words(en="The row was refused when the file was loaded (quarantine): {reasons}.", ru="Строка отклонена при загрузке файла (карантин): {reasons}."),
    "row_file_refused": Words(en="The whole file was refused: {why}", ru="Файл отклонён целиком: {why}"),
    "row_superseded": Words(en="Another file has taken the place of this one: {by}. Its rows count no more.", ru="Этот файл заменён другим: {by}. Его строки больше не учитываются."),
    "row_reference": Words(en="Rows of «{data_set}» are no events: they say what calculations rely on.", ru="Строки «{data_set}» — не события: на них опираются расчёты."),
    "row_nothing": Words(en="No current result has this row: its period is not calculated since the file was loaded.", ru="В действующих результатах этой строки нет: после загрузки файла её период не рассчитывался."),
    "row_line": Words(en="{period}, {component}: {outcome}", ru="{period}, {component}: {outcome}"),
    "row_outcome": Words(en="{period}, {whose}: {outcome}", ru="{period}, {whose}: {outcome}"),
    "nobody": Words(en="nobody", ru="никто"),
}  # fmt: skip
_OUTLET = Words(en="outlet {outlet_id}", ru="торговая точка {outlet_id}")
_PRODUCT = Words(en="product {product_id}", ru="продукт {product_id}")
_SUBSCRIBER = Words(en="subscriber {subscriber_id}", ru="абонент {subscriber_id}")
_COUNTERPARTY = Words(en="counterparty {counterparty_id}", ru="контрагент {counterparty_id}")
EVENT_ORIGINS = {
    "product_group": _PRODUCT, "tariff": _SUBSCRIBER, "old_tariff": _SUBSCRIBER, "outlet_kind": _OUTLET,
    "outlet_region": _OUTLET, "counterparty_kind": _COUNTERPARTY, "branch": _COUNTERPARTY, "activated_on": _SUBSCRIBER,
    "months_since_activation": _SUBSCRIBER, "days_since_activation": _SUBSCRIBER, "status": _SUBSCRIBER, "suspended_days": _SUBSCRIBER,
}  # fmt: skip
"""Where the names of events come from that do not stand in the input row itself."""
HEADINGS = {
    "rule": Words(en="The rule", ru="Правило"),
    "here": Words(en="On this line", ru="По этой строке"),
    "met": Words(en="met", ru="выполнено"),
    "not_met": Words(en="NOT met", ru="НЕ выполнено"),
    "values": Words(en="Values", ru="Значения"),
    "related": Words(en="See also", ru="См. также"),
    "input": Words(en="Input row", ru="Входная строка"),
    "row": Words(en="{file}, row {row} (load {load})", ru="{file}, строка {row} (загрузка {load})"),
    "no_content": Words(en="(its content is no longer kept)", ru="(содержимое больше не хранится)"),
    "raw": Words(en="as written: {raw}", ru="как в файле: {raw}"),
    "contract": Words(en="Contract {contract}", ru="Договор {contract}"),
    "lines": Words(en="{outcome}: lines {n}", ru="{outcome}: строк {n}"),
    "total": Words(en="Total", ru="Итого"),
    "run": Words(en="Calculated by run {runs}.", ru="Рассчитано: расчёт {runs}."),
    "line": Words(en="Line {address}", ru="Строка {address}"),
}


def money(amount: Decimal, currency: str, language: Language) -> str:
    """An amount with its currency: two places, more where it has them."""
    places = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{format_money(amount, language, places)} {currency}"
