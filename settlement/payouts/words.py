"""Words of payouts that people read: states, reasons and results, in both languages."""

from __future__ import annotations

from prm.words import Words

STATES = {
    "prepared": Words("prepared", "подготовлен"),
    "approved": Words("approved", "утверждён"),
    "exported": Words("exported", "выгружен в банк"),
    "done": Words("done", "завершён"),
    "cancelled": Words("cancelled", "отменён"),
}
"""States of a batch."""

OUTCOMES = {
    "in payment": Words("in payment", "в оплате"),
    "paid": Words("paid", "оплачена"),
    "rejected": Words("rejected by the bank", "отклонена банком"),
    "returned": Words("paid, and came back", "оплачена и возвращена"),
    "cancelled": Words("cancelled", "отменена"),
    "set aside": Words("held", "приостановлена"),
    "released": Words("payable again", "снова к выплате"),
}
"""States of a payout."""

REASONS = {
    "held": Words("held", "приостановлено"),
    "not positive": Words("nothing is left to pay", "выплачивать нечего"),
    "below the minimum": Words("below the minimum", "меньше минимальной суммы"),
    "no bank details": Words("no bank details", "нет банковских реквизитов"),
    "smaller than a unit": Words("smaller than the currency's unit", "меньше единицы валюты"),
}
"""Why something payable was left out of a batch."""

RESULTS = {
    "booked": Words("booked", "проведено"),
    "repeated": Words("known already", "уже известно"),
    "unknown": Words("no such payout", "нет такой выплаты"),
    "differs": Words("differs from the payout", "расходится с выплатой"),
    "not exported": Words("the payout is not with the bank", "выплата не в банке"),
    "contradicts": Words("contradicts what is known", "противоречит известному"),
    "pending": Words("no outcome yet", "исхода ещё нет"),
}
"""What became of an entry of the bank's file."""
