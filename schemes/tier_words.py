"""How tiers count, in words: what is paid at which rate; over several periods, and in the order of events, only what is added."""

from __future__ import annotations

from prm.words import Words
from schemes.model import Tiers

_RATES = {
    "slice": Words(en="each part at its own tier's rate", ru="каждая часть — по ставке своей ступени"),
    "whole": Words(en="everything at the rate of the tier reached", ru="весь объём — по ставке достигнутой ступени"),
    "interpolated": Words(en="everything at a rate that rises evenly between the thresholds", ru="весь объём — по ставке, равномерно растущей между порогами"),
}  # fmt: skip
_SUMS = {
    "slice": Words(en="a sum for every tier reached", ru="сумма за каждую достигнутую ступень"),
    "whole": Words(en="the sum of the tier reached", ru="сумма достигнутой ступени"),
    "interpolated": Words(en="a sum that rises evenly between the thresholds", ru="сумма, равномерно растущая между порогами"),
}  # fmt: skip
_OWN_RATES = {
    "slice": Words(en="each part of what {what} adds at its own tier's rate", ru="каждая часть того, что добавляет {what}, — по ставке своей ступени"),
    "whole": Words(en="what {what} adds at the rate of the tier that all reach with it", ru="то, что добавляет {what}, — по ставке ступени, достигнутой вместе с прежним"),
    "interpolated": Words(en="what {what} adds at the rate of all with it, which rises evenly between the thresholds", ru="то, что добавляет {what}, — по ставке всего вместе с прежним, равномерно растущей между порогами"),
}  # fmt: skip
_OWN_SUMS = {
    "slice": Words(en="a sum for every tier that {what} is the first to reach", ru="сумма за каждую ступень, которой впервые достигает {what}"),
    "whole": Words(en="by as much as {what} raises the sum of the tier reached", ru="то, на что {what} увеличивает сумму достигнутой ступени"),
    "interpolated": Words(en="by as much as {what} raises a sum that rises evenly between the thresholds", ru="то, на что {what} увеличивает сумму, равномерно растущую между порогами"),
}  # fmt: skip
_PERIOD = Words(en="the period", ru="период")
_EVENT = Words(en="the event", ru="событие")


def counting_words(tiers: Tiers) -> Words:
    """What tiers pay at which rate."""
    is_fixed = tiers.pays == "fixed"
    if not (tiers.is_cumulative or tiers.in_order):
        return (_SUMS if is_fixed else _RATES)[tiers.counting]
    words, what = (_OWN_SUMS if is_fixed else _OWN_RATES)[tiers.counting], _EVENT if tiers.in_order else _PERIOD
    return Words(en=words.en.format(what=what.en), ru=words.ru.format(what=what.ru))
