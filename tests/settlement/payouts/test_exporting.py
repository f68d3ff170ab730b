"""Files for the bank: valid by the official schema or the text format, the same bytes again, whole or not at all."""

import hashlib
import os
from decimal import Decimal

import pytest
from lxml import etree

import settlement
from demo.bank_accounts import operator_yaml
from prm.errors import PrmError, RefusedError, SettingsError
from settlement.payouts.pain001 import NAMESPACE, SCHEMA
from tests.settlement.payouts.making import (
    DAY,
    bank_account,
    contract,
    counterparty,
    exported,
    operator,
    payable,
    prepare,
    rows,
    three_payees,
)


@pytest.fixture
def approved(home):
    three_payees(home)
    done = prepare(home)
    settlement.approve_payouts(done.batch, author="olga", settings=home)
    operator(home)
    return done


def export(home, format="pain001", batch=1, folder=None):
    return settlement.export_payouts(batch, format, folder or home.home / "bank", author="ivan", settings=home)


def document(path):
    found = etree.parse(path)
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(found)
    return found


def texts(found, path):
    return [one.text for one in found.iterfind(".//" + "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/")))]


def test_a_pain_001_is_valid_and_says_what_the_books_say(home, approved):
    done = export(home)
    found = document(done.path)
    assert done.path.name == "payouts_1_2026-11-10.pain001.xml"
    assert texts(found, "GrpHdr/NbOfTxs") == ["2"] and texts(found, "GrpHdr/CtrlSum") == ["1500.50"]
    assert texts(found, "PmtId/EndToEndId") == ["PRM-1-1", "PRM-1-2"]
    assert texts(found, "Amt/InstdAmt") == ["1200.50", "300.00"]
    assert texts(found, "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId") == ["049205992"] * 2
    accounts = [account for (account,) in rows(home, "select account from settlement.payouts order by payout")]
    assert texts(found, "CdtrAcct/Id/Othr/Id") == accounts
    assert texts(found, "ReqdExctnDt/Dt") == ["2026-11-10"] and texts(found, "Dbtr/Nm") == ["АО «Дальняя связь»"]
    assert "".join(texts(found, "RmtInf/Ustrd")).startswith("Вознаграждение по договорам № C1, C1-2")


def test_exported_again_it_is_the_same_file_and_registered_once(home, approved, tmp_path):
    first = export(home)
    again = export(home, folder=tmp_path / "elsewhere")
    assert first.path.read_bytes() == again.path.read_bytes() and (first.is_new, again.is_new) == (True, False)
    assert rows(home, "select file_name, file_hash, payouts, amount from settlement.payout_exports") == [
        (first.path.name, hashlib.sha256(first.path.read_bytes()).hexdigest(), 2, "1500.50")
    ]
    assert [path.name for path in first.path.parent.iterdir()] == [first.path.name], "nothing half-written is left"
    operator(home, operator_yaml().replace("Дальняя", "Ближняя"))
    with pytest.raises(RefusedError, match="own details have changed"):
        export(home)


def test_a_batch_goes_out_in_one_format(home, approved):
    export(home)
    with pytest.raises(RefusedError, match="a second file could be paid, too"):
        export(home, "1c")
    with pytest.raises(PrmError, match="'mt101' is no format"):
        export(home, "mt101")


def test_a_foreign_payee_is_written_with_iban_and_bic(home):
    counterparty(home, "G", account=False)
    bank_account(home, "G", account="DE89370400440532013000", bank="Commerzbank", bic="COBADEFF", correspondent_account=None,
                 currency="EUR", tax_number=None, kpp=None)  # fmt: skip
    contract(home, "CG", "G", currency="EUR")
    payable(home, [("G", "CG", "12.30")], currency="EUR")
    done = settlement.prepare_payouts("EUR", author="ivan", as_of=DAY, settings=home)
    settlement.approve_payouts(done.batch, author="olga", settings=home)
    operator(home)
    with pytest.raises(PrmError, match="no account in EUR"):
        export(home, batch=done.batch)
    operator(
        home, operator_yaml() + "  - {currency: EUR, account: GB82WEST12345698765432, bank: West, bic: WESTGB22}\n"
    )
    found = document(export(home, batch=done.batch).path)
    assert texts(found, "CdtrAcct/Id/IBAN") == ["DE89370400440532013000"]
    assert texts(found, "CdtrAgt/FinInstnId/BICFI") == ["COBADEFF"]
    assert found.find(f".//{{{NAMESPACE}}}InstdAmt").get("Ccy") == "EUR"


def test_the_text_format_is_windows_1251_with_a_section_a_payment(home, approved):
    done = export(home, "1c")
    content = done.path.read_bytes()
    lines = content.decode("cp1251").split("\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"") and lines[-1] == "" and lines[-2] == "КонецФайла"
    assert lines[:3] == ["1CClientBankExchange", "ВерсияФормата=1.03", "Кодировка=Windows"]
    assert lines.count("СекцияРасчСчет") == 1 == lines.count("КонецРасчСчет")
    assert lines.count("СекцияДокумент=Платежное поручение") == 2 == lines.count("КонецДокумента")
    first = dict(line.partition("=")[::2] for line in lines[lines.index("СекцияДокумент=Платежное поручение") :][:25])
    [(account, purpose)] = rows(home, "select account, purpose from settlement.payouts where payout = 1")
    assert (first["Номер"], first["Дата"], first["Сумма"]) == ("1", "10.11.2026", "1200.50")
    assert (first["ПолучательСчет"], first["НазначениеПлатежа"]) == (account, purpose)
    assert first["Получатель"] == "ИНН 6600000000 ООО «D1»" and first["ПолучательБИК"] == "049205992"
    assert (
        first["ПлательщикИНН"] == "7701234567" and first["ПлательщикКПП"] == "770101001" and first["Очередность"] == "5"
    )


def test_what_the_text_format_can_not_hold_is_refused_by_payout(home):
    counterparty(home, "D1", account=False)
    bank_account(home, "D1", recipient="ООО «Қазақ»")
    contract(home, "C1", "D1")
    payable(home, [("D1", "C1", "10.00")])
    done = prepare(home)
    settlement.approve_payouts(done.batch, author="olga", settings=home)
    operator(home)
    with pytest.raises(PrmError, match=r"Payout 1 of D1 can't be written.*'Қ'.*windows-1251"):
        export(home, "1c")
    assert not list((home.home / "bank").iterdir()) and rows(
        home, "select count(*) from settlement.payout_exports"
    ) == [(0,)]
    assert export(home).is_new


def test_what_the_schema_refuses_is_not_written(home, approved, monkeypatch):
    monkeypatch.setattr("settlement.payouts.pain001.written_amount", lambda *_: "a lot")
    with pytest.raises(PrmError, match=r"would not be a pain\.001"):
        export(home)
    assert rows(home, "select count(*) from settlement.payout_exports") == [(0,)]


def test_only_an_approved_batch_is_exported(home):
    three_payees(home)
    prepare(home)
    with pytest.raises(SettingsError, match=r"own details are not there.*operator.yaml"):
        export(home)
    operator(home)
    with pytest.raises(RefusedError, match="is not approved"):
        export(home)
    settlement.cancel_payouts(1, reason="late", author="ivan", settings=home)
    with pytest.raises(RefusedError, match="was cancelled by ivan: late"):
        export(home)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_takes_no_file_leaves_the_batch_as_it_was(home, approved, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(PrmError, match="can't be written to"):
        export(home, folder=folder)
    assert rows(home, "select count(*) from settlement.payout_exports") == [(0,)]


def test_a_folder_that_is_a_file_is_said(home, approved, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PrmError, match="can't be made"):
        export(home, folder=tmp_path / "file")


def test_killed_before_the_file_has_its_name_it_is_written_again(home, approved, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("settlement.payouts.exporting.os.replace", die)
    with pytest.raises(KeyboardInterrupt):
        export(home)
    monkeypatch.undo()
    monkeypatch.setenv("PRM_DATABASE_URL", str(home.database_url))
    done = export(home)
    assert not done.is_new and done.path.exists()
    assert settlement.show_payouts(1, settings=home).batch.state == "exported"


def test_a_batch_is_done_when_each_payout_has_an_outcome(home):
    three_payees(home)
    done = exported(home)
    file = home.home / "bank.csv"
    file.write_text("payout,outcome,value_date\nPRM-1-1,paid,2026-11-12\n")
    settlement.confirm_payouts(file, author="ivan", settings=home)
    shown = settlement.show_payouts(done.batch, settings=home).batch
    assert (shown.state, shown.open, shown.paid) == ("exported", 1, Decimal("1200.50"))
    file.write_text("payout,outcome,value_date,reason\nPRM-1-2,rejected,2026-11-12,AC04\n")
    settlement.confirm_payouts(file, author="ivan", settings=home)
    assert settlement.show_payouts(done.batch, settings=home).batch.state == "done"
    assert [one.batch for one in settlement.list_payouts(state="done", settings=home)] == [done.batch]
