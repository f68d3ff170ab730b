"""The bank's word in each of its formats: paid once, rejected back to payable, and nothing booked on a guess."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import settlement
from prm.errors import NotFoundError, PrmError
from tests.books import approve, broken, close, transfers
from tests.operators import OCTOBER
from tests.settlement.payouts.making import balances, exported, operator, payable, prepare, rows, three_payees

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><{message}><{part}>{entries}</{part}></{message}></Document>"""
ENTRY = """<Ntry><NtryRef>1</NtryRef><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{reversal}
<Sts>{status}</Sts><BookgDt><Dt>2026-11-11</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>B77</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>{details}</TxDtls></NtryDtls></Ntry>"""
RETURN = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>account closed</AddtlInf></RtrInf>"


def entry(reference, amount="300.00", **other):
    usual = {"currency": "RUB", "side": "DBIT", "reversal": "", "status": "BOOK", "day": "2026-11-12", "details": ""}
    return ENTRY.format(reference=reference, amount=amount, **(usual | other))


def camt(*entries, message="BkToCstmrStmt", part="Stmt", version="camt.053.001.08"):
    return CAMT.format(message=message, part=part, version=version, entries="".join(entries))


@pytest.fixture
def with_the_bank(home):
    three_payees(home)
    exported(home)
    return home


@pytest.fixture
def confirm(with_the_bank):
    def confirm(text, name="file", encoding="utf-8"):
        path = with_the_bank.home / name
        path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
        return settlement.confirm_payouts(path, author="ivan", settings=with_the_bank)

    return confirm


def results(confirmed):
    return [(one.reference, one.what, one.result) for one in confirmed.confirmations]


def test_a_statement_pays_and_is_dated_on_the_value_date(with_the_bank, confirm):
    confirmed = confirm(camt(entry("PRM-1-1", "1200.50"), entry("PRM-1-2")))
    assert (confirmed.format, results(confirmed)) == (
        "camt.053", [("PRM-1-1", "paid", "booked"), ("PRM-1-2", "paid", "booked")],
    )  # fmt: skip
    assert balances(with_the_bank, "paid") == {
        ("D1", "C1"): "1500.50",
        ("D1", "C1-2"): "-300.00",
        ("D2", "C2"): "300.00",
    }
    assert balances(with_the_bank, "in_payment") == {}
    last = transfers(with_the_bank, "cause, debit_account, credit_account, dated_on::text, period, payout")[-1]
    assert last == ("payment", "in_payment", "paid", "2026-11-12", "2026-11", 2)
    assert rows(with_the_bank, "select state, bank_reference from reporting.payouts") == [("paid", "B77")] * 2
    assert broken(with_the_bank) == []


def test_whatever_is_repeated_is_paid_once(with_the_bank, confirm):
    text = camt(entry("PRM-1-2"), entry("PRM-1-2"))
    assert results(confirm(text)) == [("PRM-1-2", "paid", "booked"), ("PRM-1-2", None, "repeated")]
    again = confirm(text, "another name")
    assert not again.is_new and results(again) == [("PRM-1-2", "paid", "booked"), ("PRM-1-2", None, "repeated")]
    notified = confirm(
        camt(entry("PRM-1-2"), message="BkToCstmrDbtCdtNtfctn", part="Ntfctn", version="camt.054.001.02")
    )
    assert (notified.format, results(notified)) == ("camt.054", [("PRM-1-2", None, "repeated")])
    assert confirm("payout;outcome;value_date\n2;paid;12.11.2026\n").confirmations[0].result == "repeated"
    assert balances(with_the_bank, "paid") == {("D2", "C2"): "300.00"} and broken(with_the_bank) == []


def test_several_that_confirm_at_once_pay_once(with_the_bank):
    for number in range(4):
        (with_the_bank.home / f"{number}").write_text(camt(entry("PRM-1-2")) + " " * (number // 2))
    with ThreadPoolExecutor(4) as pool:
        done = list(
            pool.map(
                lambda number: settlement.confirm_payouts(
                    with_the_bank.home / f"{number}", author="ivan", settings=with_the_bank
                ),
                range(4),
            )
        )
    assert sum(len(one.booked("paid")) for one in done if one.is_new) == 1
    assert balances(with_the_bank, "paid") == {("D2", "C2"): "300.00"}


def test_a_rejected_payout_is_payable_again_with_the_banks_reason(with_the_bank, confirm):
    confirm("end_to_end_id,outcome,value_date,bank_reference,reason\nPRM-1-2,rejected,2026-11-12,R1,Счёт закрыт\n")
    assert balances(with_the_bank, "payable") == {("D2", "C2"): "300.00", ("D3", "C3"): "70.00"}
    assert transfers(with_the_bank, "cause, debit_account, reason")[-1] == ("return", "in_payment", "Счёт закрыт")
    assert confirm(camt(entry("PRM-1-2"))).confirmations[0].result == "contradicts"
    assert prepare(with_the_bank).amount == 300 and broken(with_the_bank) == []


def test_a_payment_that_comes_back_is_payable_again_once(with_the_bank, confirm):
    confirm(camt(entry("PRM-1-2")))
    back = camt(entry("PRM-1-2", side="CRDT", day="2026-12-02", details=RETURN))
    assert results(confirm(back)) == [("PRM-1-2", "returned", "booked")]
    assert transfers(with_the_bank, "cause, debit_account, credit_account, reason, period")[-1] == (
        "return", "paid", "payable", "AC04: account closed", "2026-12",
    )  # fmt: skip
    assert confirm(back + " ").confirmations[0].result == "repeated"
    assert confirm(camt(entry("PRM-1-2")) + " ").confirmations[0].result == "repeated"
    assert rows(with_the_bank, "select state, outcome_reason from reporting.payouts where payout = 2") == [
        ("returned", "AC04: account closed")
    ]
    assert broken(with_the_bank) == [] and prepare(with_the_bank).amount == 300


def test_paid_and_returned_in_one_file(with_the_bank, confirm):
    confirmed = confirm(camt(entry("PRM-1-2"), entry("PRM-1-2", reversal="<RvslInd>true</RvslInd>")))
    assert [one.what for one in confirmed.confirmations] == ["paid", "returned"]
    assert balances(with_the_bank, "paid") == {} and broken(with_the_bank) == []


@pytest.mark.parametrize(
    ("made", "result", "remark"),
    [
        (entry("PRM-9-9"), "unknown", None),
        (entry("NOTPROVIDED"), "unknown", None),
        (entry("PRM-1-2", "299.99"), "differs", "300 RUB, not 299.99"),
        (entry("PRM-1-2", currency="USD"), "differs", "RUB, not USD"),
        (entry("PRM-1-2", status="PDNG"), "pending", None),
    ],
)
def test_what_does_not_fit_is_listed_and_books_nothing(with_the_bank, confirm, made, result, remark):
    before = transfers(with_the_bank, "transfer_id")
    [one] = confirm(camt(made)).confirmations
    assert (one.result, one.remark) == (result, remark)
    assert transfers(with_the_bank, "transfer_id") == before and balances(with_the_bank, "in_payment")
    assert rows(with_the_bank, "select result, remark from reporting.bank_confirmations") == [(result, remark)]


def test_what_was_not_exported_is_not_paid(home):
    three_payees(home)
    prepare(home)
    (home.home / "file").write_text(camt(entry("PRM-1-2")))
    [one] = settlement.confirm_payouts(home.home / "file", author="ivan", settings=home).confirmations
    assert one.result == "not exported" and broken(home) == []


def test_a_status_report_rejects_a_payout_or_the_whole_message(with_the_bank, confirm):
    report = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>
        <GrpHdr><MsgId>1</MsgId><CreDtTm>2026-11-11T10:00:00</CreDtTm></GrpHdr>
        <OrgnlGrpInfAndSts><OrgnlMsgId>PRM-1</OrgnlMsgId><GrpSts>{group}</GrpSts>{reason}</OrgnlGrpInfAndSts>
        <OrgnlPmtInfAndSts><OrgnlPmtInfId>PRM-1</OrgnlPmtInfId>{statuses}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""
    one = ("<TxInfAndSts><OrgnlEndToEndId>PRM-1-{}</OrgnlEndToEndId><TxSts>{}</TxSts><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn>"
           "</StsRsnInf></TxInfAndSts>")  # fmt: skip
    confirmed = confirm(report.format(group="PART", reason="", statuses=one.format(1, "ACSP") + one.format(2, "RJCT")))
    assert [(one.result, one.reason) for one in confirmed.confirmations] == [("pending", "AC01"), ("booked", "AC01")]
    reason = "<StsRsnInf><Rsn><Cd>DUPL</Cd></Rsn></StsRsnInf>"
    whole = confirm(report.format(group="RJCT", reason=reason, statuses=""))
    assert [(one.payout, one.what, one.reason) for one in whole.confirmations] == [(1, "rejected", "DUPL")]
    assert balances(with_the_bank, "in_payment") == {} and broken(with_the_bank) == []
    again = confirm(report.format(group="RJCT", reason=reason, statuses="") + " ")
    assert [one.result for one in again.confirmations] == ["repeated"]


def test_a_statement_of_several_payments_in_one_entry_needs_the_amount_of_each(with_the_bank, confirm):
    both = ("<TxDtls><Refs><EndToEndId>PRM-1-1</EndToEndId></Refs>{}</TxDtls>"
            "<TxDtls><Refs><EndToEndId>PRM-1-2</EndToEndId></Refs>{}</TxDtls>")  # fmt: skip
    whole = ('<Ntry><Amt Ccy="RUB">1500.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
             "<ValDt><DtTm>2026-11-12T09:00:00</DtTm></ValDt><NtryDtls>{}</NtryDtls></Ntry>")  # fmt: skip
    silent = confirm(camt(whole.format(both.format("", ""))))
    assert [(one.result, one.remark) for one in silent.confirmations] == [("differs", "no amount")] * 2
    amount = '<AmtDtls><TxAmt><Amt Ccy="RUB">{}</Amt></TxAmt></AmtDtls>'
    told = confirm(camt(whole.format(both.format(amount.format("1200.50"), amount.format("300")))))
    assert [(one.what, one.value_date.isoformat()) for one in told.confirmations] == [("paid", "2026-11-12")] * 2
    assert broken(with_the_bank) == []


def statement_1c(*documents):
    sections = "".join(
        "СекцияДокумент=Платежное поручение\r\n" + "".join(f"{key}={value}\r\n" for key, value in one.items())
        + "КонецДокумента\r\n" for one in documents
    )  # fmt: skip
    return f"1CClientBankExchange\r\nВерсияФормата=1.03\r\nКодировка=Windows\r\n{sections}КонецФайла\r\n"


def test_a_1c_statement_pays_by_number_day_and_account_or_by_the_purpose(with_the_bank, confirm):
    [(account,)] = rows(with_the_bank, "select account from settlement.payouts where payout = 2")
    first = {"Номер": "1", "Дата": "10.11.2026", "Сумма": "1200.50", "ДатаСписано": "12.11.2026", "ПолучательСчет": "другой",
             "НазначениеПлатежа": "Вознаграждение (PRM-1-1). НДС не облагается."}  # fmt: skip
    second = {
        "Номер": "2",
        "Дата": "10.11.2026",
        "Сумма": "300",
        "ДатаСписано": "12.11.2026",
        "ПолучательСчет": account,
    }
    stranger = {
        "Номер": "2",
        "Дата": "10.11.2026",
        "Сумма": "300",
        "ДатаСписано": "12.11.2026",
        "ПолучательСчет": "чужой",
    }
    waiting = {"Номер": "5", "Дата": "10.11.2026", "Сумма": "1", "ПолучательСчет": "чужой"}
    confirmed = confirm(statement_1c(first, second, stranger, waiting), encoding="cp1251")
    assert [(one.payout, one.result) for one in confirmed.confirmations] == [
        (1, "booked"), (2, "booked"), (None, "unknown"), (None, "unknown"),
    ]  # fmt: skip
    back = {"Номер": "900", "Дата": "15.11.2026", "Сумма": "300.00", "ДатаПоступило": "15.11.2026",
            "НазначениеПлатежа": "Возврат (PRM-1-2): счёт закрыт"}  # fmt: skip
    assert [one.what for one in confirm(statement_1c(back), encoding="cp1251").confirmations] == ["returned"]
    assert broken(with_the_bank) == []


def test_a_payment_of_a_closed_month_is_booked_in_the_open_one(with_the_bank, confirm):
    approve(with_the_bank, OCTOBER)
    close(with_the_bank, OCTOBER)
    confirm(camt(entry("PRM-1-2", day="2026-10-31")))
    assert transfers(with_the_bank, "cause, period, origin_period, dated_on::text")[-1] == (
        "payment", "2026-11", "2026-10", "2026-10-31",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "file is empty"),
        ("<Document", "no XML"),
        ("<Document xmlns='x'><Other/></Document>", "no message on payments"),
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><Document><BkToCstmrStmt>&b;</BkToCstmrStmt></Document>",
            "declares a document type",
        ),
        ("1CClientBankExchange\nСекцияДокумент=Платежное поручение\nНомер=1\n", "was cut"),
        ("payout,amount\n1,2\n", "lacks outcome"),
        ("payout,outcome\n1,maybe\n", "2: 'maybe' is no outcome"),
        ("payout,outcome\n1,paid\n", "no value_date"),
        ("payout,outcome,value_date\n1,paid,2026-13-01\n", "is not a day"),
        ("payout,outcome,value_date,amount\n1,paid,2026-11-01,ten\n", "'ten' is no amount"),
        (camt(entry("PRM-1-2", "x")), "'x' is no amount"),
        (b"\x98\xff", "neither XML"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_with_the_place(with_the_bank, confirm, text, says):
    before = transfers(with_the_bank, "transfer_id")
    with pytest.raises(PrmError, match=says):
        confirm(text)
    assert transfers(with_the_bank, "transfer_id") == before
    assert rows(with_the_bank, "select count(*) from settlement.bank_files") == [(0,)]


def test_a_file_that_is_not_there_is_said(home):
    operator(home)
    with pytest.raises(NotFoundError, match="nowhere"):
        settlement.confirm_payouts(home.home / "nowhere", author="ivan", settings=home)


def test_what_was_paid_and_then_taken_back_is_listed_with_its_age(with_the_bank, confirm):
    confirm(camt(entry("PRM-1-2")))
    assert rows(with_the_bank, "select * from reporting.paid_not_accrued where is_overpaid") == []
    payable(with_the_bank, [("D2", "C2", "-120.00")])
    assert rows(
        with_the_bank,
        "select counterparty_id, amount, is_overpaid, age_days = current_date - since from reporting.paid_not_accrued"
        " where is_overpaid",
    ) == [("D2", "120.00", True, True)]
