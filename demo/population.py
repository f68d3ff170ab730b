"""The operator's facts, as SQL over one table of subscribers: what was sold, activated, charged, paid and marked.

The table is made once, in the order of the ids; each file is a scan of it, in that order, with no join and no
sort, so that twenty million subscribers need no more memory than a thousand, and the order is always the same.
Every query is of typed columns by their names in the lake; how a file writes them is the writer's business.
"""

from __future__ import annotations

import duckdb

from demo import words
from demo.operator import Operator
from demo.reference import KINDS, LARGEST, Reference, Seller
from prm.duck import quote
from prm.period import Period

_CUBE = 16  # bits of a number that is cubed: the largest seller of n has about the n-th part to the power of 1/3


def make_subscribers(connection: duckdb.DuckDBPyConnection, operator: Operator, reference: Reference) -> None:
    """Makes the table `subscribers`: one row a subscriber, after them one a kit sold in the month that follows.

    id; branch; outlet and second_outlet (numbers; where the kit was sold, and sold again); tariff (from 0);
    activated_on (null: not yet); sold_on (null: never by anyone); since (the day its first row reports);
    change (what happens later: closed, suspended, tariff) on changed_on; marked_on.
    """
    _set_sellers(connection, operator, reference)
    draws = operator.draws
    kinds = {quote(kind): share for kind, (_, share) in KINDS.items()}
    tariffs = {str(at): share for at, share in enumerate(words.TARIFF_SHARES)}
    days = (operator.last.end - operator.first.start).days + 1
    older = {str(at): 1 for at in range(len(operator.earlier))}
    starts = " ".join(f"when {at} then date '{one.start}'" for at, one in enumerate(operator.earlier))
    lengths = " ".join(f"when {at} then {one.end.day}" for at, one in enumerate(operator.earlier))
    favoured = 25 if operator.subscribers <= 20_000 else 5  # so that a small operator's largest dealer gets far
    waiting = operator.subscribers // 40 if operator.faults else 0
    following = operator.last.next
    lacking, twice = ("1000", "1000") if operator.faults else ("0", "0")
    connection.execute(f"""
        create or replace table subscribers as
        select id::integer as id, branch, tariff::tinyint as tariff,
            (first_outlet[seller] + {draws.sql("outlet", "id", "outlets[seller]")})::integer as outlet,
            (case when is_stock or sold_again >= 2 then null
                  when sold_again = 0 then first_outlet[next_seller]
                  else first_outlet[seller] + {draws.sql("second outlet", "id", "outlets[seller]")}
             end)::integer as second_outlet,
            case when not is_stock then activated_on end as activated_on,
            case when is_stock then date '{following.start}' + {draws.sql("stock day", "id", following.end.day)}::integer
                 when has_no_kit then null
                 else greatest(activated_on - {draws.sql("days before activation", "id", 12)}::integer, kits_since)
            end as sold_on,
            since, change,
            case when change is not null
                 then since + (10 + {draws.sql("change day", "id", 80)})::integer end as changed_on,
            case when {draws.sql("marked", "id", 10_000)} < 70
                 then since + {draws.sql("mark day", "id", 45)}::integer end as marked_on
        from (
            select *, greatest(activated_on, date '{operator.first.start}') as since,
                case when earlier is null then date '{operator.first.start}'
                     else (case earlier {starts} end) end as kits_since,
                seller_offset + rank + 1 as seller,
                seller_offset + (rank + 1) % sellers + 1 as next_seller
            from (
                select *,
                    case when earlier is null then date '{operator.first.start}' + {draws.sql("joined", "id", days)}::integer
                         else (case earlier {starts} end)
                             + {draws.sql("joined", "id", f"(case earlier {lengths} end)")}::integer
                    end as activated_on,
                    case when {draws.sql("favoured", "id", 100)} < {favoured} then 0
                         else (cubed * cubed * cubed * sellers) >> {3 * _CUBE} end as rank
                from (
                    select *, getvariable('offsets')[branch || ' ' || kind] as seller_offset,
                        getvariable('counts')[branch || ' ' || kind] as sellers,
                        getvariable('first_outlets') as first_outlet, getvariable('outlets') as outlets
                    from (
                        select range as id, range > {operator.subscribers} as is_stock,
                            {draws.pick_sql("branch", "range", {quote(one): share for one, share in operator.branches.items()})} as branch,
                            {draws.pick_sql("kind", "range", kinds)} as kind,
                            {draws.sql("rank", "range", 1 << _CUBE)} as cubed,
                            {draws.pick_sql("tariff", "range", tariffs)} as tariff,
                            case when {draws.sql("newcomer", "range", 100)} >= {operator.newcomers}
                                 then {draws.pick_sql("earlier", "range", older)} end as earlier,
                            {draws.sql("no kit", "range", 100_000)} < {lacking} as has_no_kit,
                            case when {draws.sql("sold again", "range", 100_000)} < 2 * {twice}
                                 then {draws.sql("again by whom", "range", 2)} else 2 end as sold_again,
                            {draws.pick_sql("change", "range", {"'closed'": 6, "'suspended'": 4, "'tariff'": 4, "null": 86})} as change
                        from range(1, {operator.subscribers + waiting + 1})))))
    """)


def _set_sellers(connection: duckdb.DuckDBPyConnection, operator: Operator, reference: Reference) -> None:
    """The sellers as constants of the query: a join could change the order of the rows."""
    ordered: list[Seller] = []
    offsets, counts = {}, {}
    for branch in operator.branches:
        for kind in KINDS:
            found = reference.of(branch, kind)
            offsets[f"{branch} {kind}"], counts[f"{branch} {kind}"] = len(ordered), len(found)
            ordered.extend(found)
    connection.execute(f"set variable sellers = {[one.counterparty_id for one in ordered]}")
    for name, values in (("offsets", offsets), ("counts", counts)):
        pairs = ", ".join(f"{quote(key)}: {value}" for key, value in values.items())
        connection.execute(f"set variable {name} = map {{{pairs}}}")
    connection.execute(f"set variable first_outlets = {[one.first_outlet for one in ordered]}")
    connection.execute(f"set variable outlets = {[one.outlets for one in ordered]}")


def kit_sales(operator: Operator, branch: str, period: Period) -> str:
    """Query of the kits a branch sold in a month; one sold twice has two sales on one day."""
    return f"""
        select 'KS' || lpad(id::varchar, 9, '0') || '-' || (sale + 1) as sale_id, {_ICCID} as iccid,
            'T' || lpad((case sale when 0 then outlet else second_outlet end)::varchar, 5, '0') as outlet_id,
            {_product("tariff")} as product_id, sold_on, ({operator.draws.pick_sql("price", "id", _PRICES)}) as price
        from (select *, unnest(range(0, case when second_outlet is null then 1 else 2 end)) as sale
              from subscribers where branch = {quote(branch)} and {_within("sold_on", period)})"""


def subscribers(operator: Operator, branch: str, period: Period) -> str:
    """Query of the activations and changes of a month; in the first month also of those who were there before."""
    other_tariff = f"(tariff + 1 + {operator.draws.sql('new tariff', 'id', 3)}) % {len(words.TARIFFS)}"
    comes_back = f"change = 'closed' and id % 100 < {operator.returning}"
    return f"""
        select {_SUBSCRIBER} as subscriber_id, changed_on, '79' || lpad((id::bigint * 7919 % 1000000000)::varchar, 9, '0') as msisdn,
            {_ICCID} as iccid, {_product(f"case when row > 0 and change = 'tariff' then {other_tariff} else tariff end")} as product_id,
            branch, activated_on, case when row = 1 and change = 'closed' then changed_on end as deactivated_on,
            case when row = 1 and change <> 'tariff' then change else 'active' end as status
        from (
            select * replace (case row when 0 then since when 1 then changed_on else changed_on + 15 end as changed_on)
            from (select *, unnest(range(0, case when change = 'suspended' or {comes_back} then 3 else 2 end)) as row
                  from subscribers where branch = {quote(branch)} and activated_on is not null))
        where {_within("changed_on", period)}"""


def charges(operator: Operator, branch: str, period: Period) -> str:
    """Query of the charges of a month: the tariff's fee, and use of the tariff, content or a device."""
    draws, (fewest, most) = operator.draws, operator.charges
    key = _key(period, "charge")
    kinds = {"'tariff'": 50, "'content'": 30, "'data'": 10, "'device'": 10}
    content, devices = len(words.TARIFFS), len(words.TARIFFS) + len(words.CONTENT)
    return f"""
        select 'CH{_short(period)}-' || lpad(id::varchar, 9, '0') || '-' || charge as charge_id,
            {_SUBSCRIBER} as subscriber_id, {_product("product")} as product_id,
            live_from + (case when kind = 'monthly' then 0
                else {draws.sql("charged on", key, "((live_to - live_from) + 1)")} end)::integer as charged_on,
            ((case when kind = 'monthly' then {_price("product")}
                   when {draws.sql("credit note", key, 100)} < 3 then -1 - {draws.sql("amount", key, 20_000)}
                   when kind = 'device' then {_price("product")}
                   else 1 + {draws.sql("amount", key, 30_000)} end)
                * 0.01::decimal(3, 2))::decimal(18, 2) as amount,
            case kind when 'monthly' then 'monthly' when 'device' then 'one_off' else 'usage' end as charge_kind
        from (
            select *, case kind when 'content' then {content} + {draws.sql("content", key, len(words.CONTENT))}
                                when 'device' then {devices} + {draws.sql("device", key, len(words.DEVICES))}
                                when 'data' then 3 else tariff end as product
            from (select *, case when charge = 0 then 'monthly' else {draws.pick_sql("kind of charge", key, kinds)} end as kind
                  from (select *, unnest(range(0, charges)) as charge
                        from (select *, {fewest} + {draws.sql("charges", _key(period), most - fewest + 1)} as charges
                              from {_live(branch, period)}))))"""


def payments(operator: Operator, branch: str, period: Period) -> str:
    """Query of the payments of a month; most are made at an agent's outlet, some nowhere (online)."""
    draws, key = operator.draws, _key(period, "payment")
    agents = quote(f"{branch} agent")
    agent = f"getvariable('offsets')[{agents}] + 1 + " + draws.sql("agent", key, f"getvariable('counts')[{agents}]")
    return f"""
        select 'PM{_short(period)}-' || lpad(id::varchar, 9, '0') || '-' || payment as payment_id,
            {_SUBSCRIBER} as subscriber_id,
            case place when 'agent' then 'T' || lpad((getvariable('first_outlets')[{agent}]
                    + {draws.sql("agent outlet", key, f"getvariable('outlets')[{agent}]")})::varchar, 5, '0')
                when 'seller' then 'T' || lpad(outlet::varchar, 5, '0') end as outlet_id,
            live_from + {draws.sql("paid on", key, "((live_to - live_from) + 1)")}::integer as paid_on,
            ((case when {draws.sql("refund", key, 100)} = 0 then -1 else 1 end)
                * (5000 + {draws.sql("payment amount", key, 145_000)}) * 0.01::decimal(3, 2))::decimal(18, 2) as amount,
            case when place is null then 'online' else {draws.pick_sql("channel", key, {"'cash'": 6, "'card'": 4})} end as channel
        from (select *, {draws.pick_sql("place", key, {"'agent'": 78, "'seller'": 12, "null": 10})} as place
              from (select *, unnest(range(0, {draws.sql("payments", _key(period), 3)})) as payment
                    from {_live(branch, period)}))"""


def antifraud_marks(operator: Operator, branch: str, period: Period) -> str:
    """Query of the fraud marks set in a month; half of them have an end."""
    draws = operator.draws
    reasons = {"'Активация без абонента'": 4, "'Массовые подключения на один паспорт'": 3, "'GSM-шлюз, SIM-box'": 2}
    return f"""
        select 'AF' || lpad(id::varchar, 9, '0') as mark_id, {_SUBSCRIBER} as subscriber_id, marked_on as valid_from,
            case when {draws.sql("mark ends", "id", 2)} = 0 then marked_on + 30 end as valid_to,
            {draws.pick_sql("mark reason", "id", reasons)} as reason
        from subscribers
        where branch = {quote(branch)} and activated_on is not null and {_within("marked_on", period)}"""


def penalties(operator: Operator, branch: str, period: Period) -> str:
    """Query of what a branch charges in a month: to one in eight of its sellers, and to the largest dealer always."""
    draws, month = operator.draws, period.year * 12 + period.month
    key = f"(number::bigint * 4096 + {month % 4096})"
    kinds = {"'penalty'": 6, "'fine'": 2, "'deduction'": 2}
    outlet = "getvariable('first_outlets')[number] + " + draws.sql("penalty outlet", key, _OUTLETS)
    sellers = " union all ".join(
        f"select unnest(range(getvariable('offsets')[{name}] + 1, getvariable('offsets')[{name}] + getvariable('counts')[{name}] + 1)) as number"
        for name in (quote(f"{branch} {kind}") for kind in KINDS)
    )
    return f"""
        select 'PN{_short(period)}-' || lpad(number::varchar, 5, '0') as penalty_id,
            getvariable('sellers')[number] as counterparty_id,
            case when kind = 'penalty' then 'T' || lpad(({outlet})::varchar, 5, '0') end as outlet_id, kind,
            (date '{period.start}' + {draws.sql("penalty day", key, period.end.day)}::integer)::date as dated_on,
            ((1 + {draws.sql("penalty amount", key, 40)}) * 250)::decimal(18, 2) as amount,
            case kind when 'penalty' then {draws.pick_sql("why penalty", key, _OFFENCES)}
                when 'fine' then 'Просрочка передачи отчёта' else 'Недостача SIM-комплектов по инвентаризации' end as reason,
            case kind when 'penalty' then '5.2' when 'fine' then '5.4' else '6.1' end as clause
        from (select number, {draws.pick_sql("kind of penalty", key, kinds)} as kind from ({sellers})
              where {draws.sql("penalised", key, 8)} = 0 or getvariable('sellers')[number] = {quote(LARGEST)})
        order by number"""


FACTS = {
    "kit_sales": kit_sales,
    "subscribers": subscribers,
    "charges": charges,
    "payments": payments,
    "antifraud_marks": antifraud_marks,
    "penalties": penalties,
}
"""The query of each data set's file, in the order in which a month's files are made."""

_OUTLETS = "getvariable('outlets')[number]"
_OFFENCES = {
    "'Активация без документа абонента'": 3,
    "'Продажа выше рекомендованной цены'": 2,
    "'Нарушение выкладки'": 1,
}
_SUBSCRIBER = "'5' || lpad(id::varchar, 9, '0')"
_ICCID = "'8970199' || lpad(id::varchar, 12, '0')"
_PRICES = {"150.00::decimal(18, 2)": 3, "300.00::decimal(18, 2)": 2, "0.00::decimal(18, 2)": 1}


def _key(period: Period, each: str = "") -> str:
    month = f"(id::bigint * 64 + {period.year * 12 + period.month} % 64)"
    return f"({month} * 8 + {each})" if each else month


def _live(branch: str, period: Period) -> str:
    """The branch's subscribers who live in a month, with the first and last day on which they do."""
    closed_on = "case change when 'closed' then changed_on end"
    return f"""(
        select *, greatest(activated_on, date '{period.start}') as live_from,
            least({closed_on}, date '{period.end}') as live_to
        from subscribers
        where branch = {quote(branch)} and activated_on <= date '{period.end}'
            and coalesce({closed_on}, date '{period.end}') >= date '{period.start}')"""


def _within(column: str, period: Period) -> str:
    return f"{column} between date '{period.start}' and date '{period.end}'"


def _product(index: str) -> str:
    return f"({[one.product_id for one in words.PRODUCTS]})[({index}) + 1]"


def _price(index: str) -> str:
    """SQL of a price in kopecks."""
    return f"({[int(one.price * 100) for one in words.PRODUCTS]})[({index}) + 1]"


def _short(period: Period) -> str:
    return f"{period.year % 100:02d}{period.month:02d}"
