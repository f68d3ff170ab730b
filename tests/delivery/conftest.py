"""An approved month to send documents of, a mail server with TLS and users, and an S3; all of them real, on this machine."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import ssl
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

import registry
import runs
from prm import database
from prm.settings import Settings
from tests import built
from tests.conftest import fresh_home
from tests.operators import OCTOBER, small_operator

USER, PASSWORD = "prm", "not-for-the-logs-42"
SCHEDULE = """
documents:
  - forms: [statement]
    formats: [csv]
    send:
      - email: counterparty
"""
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def approved(server, template, tmp_path_factory):
    """October of the small operator, calculated and approved; three of four counterparties have an e-mail address."""
    with fresh_home(server, template, tmp_path_factory.mktemp("sending")) as settings:
        operator = small_operator()
        for row in operator.counterparties[:3]:
            row["email"] = f"{row['counterparty_id'].lower()}@dealer.example"
        operator.load(settings)
        with built.remembered(built.kept_for(tmp_path_factory)):
            runs.calculate(OCTOBER, settings=settings)
        runs.approve_period(OCTOBER, "olga", settings=settings)
        yield settings


@pytest.fixture
def sending(approved, server, tmp_path, mail, monkeypatch):
    """A copy of the approved month, with a schedule that sends statements by e-mail, and the settings of the mail server."""
    name = f"prm_sending_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            f"create database {name} template {psycopg.conninfo.conninfo_to_dict(approved.database_url)['dbname']}"
        )
    home = tmp_path / "home"
    shutil.copytree(approved.home, home, copy_function=os.link)
    monkeypatch.setenv("SSL_CERT_FILE", str(mail.certificate))
    settings = Settings(
        home=home, database_url=database.with_database(server, name), threads=2, operator="ПАО «Связь»",
        smtp_host="localhost", smtp_port=mail.port, smtp_user=USER, smtp_password=SecretStr(PASSWORD),
        smtp_from="Партнёры <documents@operator.example>",
    )  # fmt: skip
    schedule(settings, SCHEDULE)
    yield settings
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def schedule(settings: Settings, text: str) -> None:
    """Puts a schedule in its place."""
    (settings.home / "documents.yaml").write_text(text, encoding="utf-8")


def set_attribute(settings: Settings, name: str, value: str, who: str) -> None:
    """Sets a counterparty's attribute from the beginning of the year on."""
    with database.transaction(settings) as connection:
        registry.set_attribute(
            connection, name, value, level="counterparty", holder=who, valid_from=date(2026, 1, 1), author="olga"
        )


# --- the mail server


@dataclass
class Mailbox:
    """What a mail server has taken, and what it answers: to a recipient's address so many times an answer, or for ever."""

    certificate: Path
    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    for_ever: dict[str, str] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.answers.get(address):
            return self.answers[address].pop(0)
        if address in self.for_ever:
            return self.for_ever[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.sizes.append(len(envelope.content))
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.taken += [(address, message) for address in envelope.rcpt_tos]
        return "250 taken"

    def of(self, address: str) -> list[EmailMessage]:
        """The messages to an address."""
        return [message for to, message in self.taken if to == address]


def attachments(message: EmailMessage) -> dict[str, bytes]:
    """A message's files by name."""
    return {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}


class _Server(Controller):
    """STARTTLS and a user are demanded before anything is taken."""

    largest = 40_000_000

    def factory(self) -> SMTP:
        return SMTP(
            self.handler, hostname="localhost", tls_context=self.tls, require_starttls=True, auth_required=True,
            authenticator=_authenticate, data_size_limit=self.largest, enable_SMTPUTF8=True,
        )  # fmt: skip


def _authenticate(server, session, envelope, mechanism, data):
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """A certificate of localhost that has signed itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def mail(certificate):
    """A running mail server; its port and what it has taken."""
    mailbox = Mailbox(certificate, free_port())
    server = _Server(mailbox, hostname="localhost", port=mailbox.port)
    server.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.tls.load_cert_chain(certificate)
    server.start()
    mailbox.server = server
    yield mailbox
    server.stop()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]
