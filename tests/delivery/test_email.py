"""By e-mail: each version once to each address, over TLS; what did not go is tried again, listed, and never lost."""

import hashlib

import pytest
from pydantic import SecretStr

import delivery
import runs
from prm import database
from prm.errors import RefusedError, SettingsError
from tests.delivery.conftest import PASSWORD, attachments, free_port, schedule, set_attribute
from tests.operators import OCTOBER

D1, D2, A1 = "d00001@dealer.example", "d00002@dealer.example", "a00001@dealer.example"


def send(settings, **other):
    return delivery.send(OCTOBER, author="olga", pauses=other.pop("pauses", (0.01,)), settings=settings, **other)


def test_each_gets_its_own_documents_once_as_they_were_registered(sending, mail):
    sent = send(sending)
    assert {address for address, _ in mail.taken} == {D1, D2, A1}
    assert (len(sent.delivered), len(sent.failed), len(sent.refused)) == (3, 0, 1)  # P00001 has no address
    [message] = mail.of(D1)
    assert message["Subject"] == "Документы за октябрь 2026: ООО «D00001» (D00001)"
    assert message["From"] == "Партнёры <documents@operator.example>" and message["To"] == D1
    assert "отчёт" in message.get_body().get_content().lower() and "ПАО «Связь»" in message.get_body().get_content()
    [(name, content)] = attachments(message).items()
    assert name == "statement_2026-10_ru.csv"
    with database.transaction(sending) as connection:
        row = connection.execute(
            "select sha256 from reporting.documents where counterparty_id = 'D00001' and format = 'csv'"
        ).fetchone()
    assert hashlib.sha256(content).hexdigest() == row["sha256"]

    again = send(sending)
    assert (len(again.delivered), again.already, len(mail.taken)) == (0, 3, 3)
    assert len(send(sending, counterparties=["D00001"], again=True).delivered) == 1
    first, second = mail.of(D1)
    assert first["Message-ID"] != second["Message-ID"]  # somebody wanted it twice
    with pytest.raises(RefusedError, match="to everybody again"):
        send(sending, again=True)


def test_a_changed_document_goes_again_and_says_that_it_replaces_the_other(sending, mail):
    send(sending)
    with database.transaction(sending) as connection:
        connection.execute("update registry.products set name = 'Тариф «Новый»'")
    changed = send(sending)
    assert {parcel.address for parcel in changed.delivered} == {D1, D2}  # made anew, the third has the same bytes
    first, second = (message.get_body().get_content() for message in mail.of(D2))
    assert "взамен отправленного ранее" in second and "взамен" not in first


def test_a_month_that_nobody_approved_stays_at_home(sending, mail):
    runs.withdraw_approval(OCTOBER, "olga", "a mistake", settings=sending)
    sent = send(sending)
    assert (sent.delivered, sent.waiting, mail.taken) == ([], ["approved"], [])
    assert {one.reason for one in delivery.undelivered(OCTOBER, settings=sending)} == {
        "It waits until the month is approved."
    }
    schedule(sending, (sending.home / "documents.yaml").read_text() + "    when: calculated\n")
    assert len(send(sending).delivered) == 3


def test_an_approval_that_is_withdrawn_meanwhile_stops_what_has_not_gone(sending, mail, monkeypatch):
    monkeypatch.setattr("delivery.sending._LOOK_AGAIN", 0.0)
    plain = mail.handle_DATA

    async def withdraw(server, session, envelope):
        if not mail.taken:
            runs.withdraw_approval(OCTOBER, "olga", "a mistake", settings=sending)
        return await plain(server, session, envelope)

    mail.handle_DATA = withdraw
    with pytest.raises(RefusedError, match="has changed while its documents were sent"):
        send(sending)
    assert len(mail.taken) == 1


def test_languages_and_addresses_are_each_counterpartys_own(sending, mail):
    schedule(sending, (sending.home / "documents.yaml").read_text() + "    languages: counterparty\n")
    set_attribute(sending, "document_language", "both", "D00001")
    set_attribute(sending, "document_language", "en", "D00002")
    set_attribute(sending, "document_email", "first@new.example, second@new.example", "D00001")
    with pytest.raises(RefusedError, match="'nobody' is no e-mail address"):
        set_attribute(sending, "document_email", "nobody", "P00001")
    with pytest.raises(RefusedError, match="'german' is no language of documents"):
        set_attribute(sending, "document_language", "german", "P00001")
    with database.transaction(sending) as connection:  # a file's row
        connection.execute("update registry.counterparties set email = 'nobody' where counterparty_id = 'P00001'")
    sent = send(sending)
    assert {address for address, _ in mail.taken} == {"first@new.example", "second@new.example", D2, A1}
    [message] = mail.of("first@new.example")
    assert sorted(attachments(message)) == ["statement_2026-10_en.csv", "statement_2026-10_ru.csv"]
    assert "Good day!" in message.get_body().get_content() and "Добрый день!" in message.get_body().get_content()
    assert mail.of(D2)[0]["Subject"] == "Documents for October 2026: ООО «D00002» (D00002)"
    assert [why for _, why in sent.refused] == [
        "'nobody' is no e-mail address. Set one: prm registry set-attribute document_email name@dealer.example "
        "--counterparty …"
    ]


def test_odd_names_and_addresses_go_or_are_refused_and_stop_nobody_else(sending, mail):
    with database.transaction(sending) as connection:
        for who, name, email in (
            ("D00001", "ООО\n«Две строки»\r\nBcc: all@evil.example", "книги@почта.example"),
            ("D00002", '=1+1, "LLC"', "books@почта.рф"),
        ):
            connection.execute(
                "update registry.counterparties set name = %s, email = %s where counterparty_id = %s",
                [name, email, who],
            )
    mail.for_ever["книги@xn--80a1acny.example"] = "553 Latin letters only"
    sent = send(sending)
    [message] = mail.of("books@xn--80a1acny.xn--p1ai")
    assert message["Subject"] == 'Документы за октябрь 2026: =1+1, "LLC" (D00002)'
    assert len(mail.of(A1)) == 1 and len(mail.taken) == 2
    assert sorted(parcel.counterparty_id for parcel, _ in sent.refused) == ["D00001", "P00001"]


def test_what_is_refused_for_now_is_tried_again_and_what_is_refused_for_good_is_listed(sending, mail):
    mail.answers[D1] = ["450 busy", "451 still busy"]
    mail.for_ever[D2] = "550 no such box"
    sent = send(sending, pauses=(0.01, 0.01))
    assert (len(sent.delivered), len(sent.failed), len(sent.refused)) == (2, 0, 2) and len(mail.of(D1)) == 1
    left = {one.counterparty_id: one for one in delivery.undelivered(OCTOBER, settings=sending)}
    assert left["D00002"].reason == "550 no such box" and left["D00002"].outcome == "refused"
    assert left["P00001"].reason.startswith("No e-mail address is known.")
    outcomes = [row["outcome"] for row in delivery.list_deliveries(settings=sending) if row["address"] == D1]
    assert outcomes == ["failed", "failed", "delivered"]

    mail.for_ever.clear()
    assert next(why for _, why in send(sending).refused) == "550 no such box"  # not tried again by itself
    assert len(send(sending, refused=True).delivered) == 1
    set_attribute(sending, "document_email", "p@dealer.example", "P00001")
    assert len(send(sending).delivered) == 1 and delivery.undelivered(OCTOBER, settings=sending) == []


def test_a_busy_box_is_tried_under_one_message_id(sending, mail):
    mail.answers[D1] = ["450 busy"]
    send(sending)
    ids = {row["message_id"] for row in delivery.list_deliveries(settings=sending) if row["address"] == D1}
    assert ids == {mail.of(D1)[0]["Message-ID"]} and ids.pop().endswith("@operator.example>")


def test_a_server_that_does_not_answer_costs_one_try_a_round_and_nothing_is_lost(sending, mail):
    away = sending.model_copy(update={"smtp_port": free_port()})
    sent = send(away, pauses=(0.01, 0.01))
    assert len(sent.failed) == 3 and all("did not answer" in why for _, why in sent.failed)
    tried = [row for row in delivery.list_deliveries(settings=sending) if row["outcome"] == "failed"]
    assert len(tried) == 3  # one a round, not one for each counterparty
    assert len(delivery.undelivered(OCTOBER, settings=sending)) == 4
    assert len(send(sending).delivered) == 3


def test_a_message_that_the_server_hangs_up_on_keeps_nothing_from_the_others(sending, mail):
    plain = mail.handle_DATA

    async def hang_up(server, session, envelope):
        if A1 not in envelope.rcpt_tos:  # whose turn comes first
            return await plain(server, session, envelope)
        server.transport.close()
        return "421 not this"

    mail.handle_DATA = hang_up
    sent = send(sending)
    assert len(sent.delivered) == 2 and [parcel.address for parcel, _ in sent.failed] == [A1]


def test_a_server_that_ends_the_session_after_each_message_is_asked_anew(sending, mail):
    async def hang_up(server, session, envelope, argument):
        server.transport.close()
        return "421 that is enough"

    mail.handle_NOOP = hang_up
    assert len(send(sending, pauses=()).delivered) == len(mail.taken) == 3


def test_an_answer_that_was_lost_makes_one_copy_of_the_same_message(sending, mail):
    plain = mail.handle_DATA

    async def lose_it(server, session, envelope):
        answer = await plain(server, session, envelope)
        if len(mail.of(*envelope.rcpt_tos)) == 1:
            server.transport.close()
        return answer

    mail.handle_DATA = lose_it
    sent = send(sending, pauses=(0.01,) * 6)
    assert (len(sent.delivered), sent.failed) == (3, [])
    for address in (D1, D2, A1):
        first, second = mail.of(address)
        assert first["Message-ID"] == second["Message-ID"]  # so that a mail program shows it once


def test_a_wrong_password_stops_everything_and_is_nowhere_to_be_read(sending, mail):
    wrong = sending.model_copy(update={"smtp_password": SecretStr("guessed-at")})
    with pytest.raises(SettingsError, match="did not accept PRM_SMTP_USER with PRM_SMTP_PASSWORD") as caught:
        send(wrong)
    said = str(caught.value) + repr(wrong) + str(delivery.list_deliveries(settings=sending))
    assert "guessed-at" not in said and PASSWORD not in repr(sending) and mail.taken == []


def test_a_certificate_that_nobody_vouches_for_is_refused(sending, mail, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(SettingsError, match=r"can't be trusted.*SSL_CERT_FILE"):
        send(sending)
    assert mail.taken == []


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"smtp_host": None}, "PRM_SMTP_HOST is not set"),
        ({"smtp_from": None}, "PRM_SMTP_FROM: it is not set"),
        ({"smtp_from": "documents"}, "PRM_SMTP_FROM: 'documents' is no e-mail address"),
        ({"smtp_password": None}, "PRM_SMTP_PASSWORD is not set"),
        ({"smtp_password": SecretStr("пароль")}, "PRM_SMTP_PASSWORD has other than Latin letters"),
        ({"smtp_security": "none"}, "over an open line"),
    ],
)
def test_settings_that_are_wrong_are_named_before_anything_is_made(sending, settings, told):
    with pytest.raises(SettingsError, match=told):
        send(sending.model_copy(update=settings))
    assert not sending.documents.exists()


def test_what_is_too_large_for_one_message_is_parted_and_what_is_too_large_alone_is_refused(sending, mail, monkeypatch):
    schedule(sending, (sending.home / "documents.yaml").read_text().replace("[csv]", "[csv, html, xlsx]"))
    monkeypatch.setattr("delivery.parcels._LETTER", 2000)
    monkeypatch.setattr("delivery.sending.MEGABYTE", 10_000)
    sent = send(sending.model_copy(update={"smtp_largest": 2}), counterparties=["D00001"])
    subjects = [message["Subject"] for message in mail.of(D1)]
    assert len(subjects) == 2 and "(часть 1 из 2)" in subjects[0] and "(часть 2 из 2)" in subjects[1]
    names = [name for message in mail.of(D1) for name in attachments(message)]
    [(parcel, why)] = sent.refused
    assert "a message may have 0.0 MB. Send it to a folder" in why
    assert sorted([*names, parcel.documents[0].path.name]) == [
        f"statement_2026-10_ru.{format}" for format in ("csv", "html", "xlsx")
    ]
    assert max(mail.sizes) < 20_000


def test_a_schedule_that_sends_nothing_says_so(sending):
    schedule(sending, "documents:\n  - forms: [statement]\n")
    with pytest.raises(RefusedError, match=r"Nothing says where documents of 2026-10 go.*documents\.yaml"):
        send(sending)
