"""E-mail: a session with the mail server, and what its answers mean for what is being sent."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage

from pydantic import SecretStr

from delivery.errors import NotEverError, NotNowError
from delivery.letters import sender
from prm.errors import SettingsError
from prm.settings import Settings

_PORTS = {"starttls": 587, "ssl": 465, "none": 25}
_SHUTTING_DOWN = 421


def check(settings: Settings) -> None:
    """Raises SettingsError where a setting that e-mail needs is missing, or two contradict each other."""
    if not settings.smtp_host:
        raise SettingsError("PRM_SMTP_HOST is not set.", hint="docs/sending.md lists the settings of e-mail.")
    if bool(settings.smtp_user) != bool(settings.smtp_password):
        missing = "PRM_SMTP_PASSWORD" if settings.smtp_user else "PRM_SMTP_USER"
        raise SettingsError(f"{missing} is not set.", hint="A user and a password go together.")
    for name, said in (("PRM_SMTP_USER", settings.smtp_user), ("PRM_SMTP_PASSWORD", settings.smtp_password)):
        text = said.get_secret_value() if isinstance(said, SecretStr) else said or ""
        if not text.isascii():
            raise SettingsError(f"{name} has other than Latin letters.", hint="Mail servers are logged in to without.")
    if settings.smtp_user and settings.smtp_security == "none":
        raise SettingsError(
            "The password of PRM_SMTP_USER would go over an open line.",
            hint="Set PRM_SMTP_SECURITY to starttls or ssl.",
        )
    sender(settings)


class Mail:
    """A session: opened by the first message, and again when the server has closed it."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self._server: smtplib.SMTP | None = None
        self._sent = 0

    def deliver(self, message: EmailMessage) -> None:
        """Hands a message over. Raises NotNowError or NotEverError with the server's words; SettingsError where the server
        won't talk to us as the settings have it."""
        server = self._open()
        try:
            largest = int(server.esmtp_features.get("size") or 0)
            if largest and (size := len(bytes(message))) > largest:
                raise NotEverError(
                    f"The message has {size / 1e6:.1f} MB, and the mail server takes {largest / 1e6:.1f} MB. "
                    "Lower PRM_SMTP_LARGEST, so that documents are parted, or send them to a folder."
                )
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _judged(*next(iter(error.recipients.values()))) from None
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code >= 500 and error.smtp_code != 552:  # 552: too large
                raise SettingsError(
                    f"The mail server does not take what PRM_SMTP_FROM sends: {_said(error.smtp_code, error.smtp_error)}.",
                    hint="Set an address that this server may send for.",
                ) from None
            raise _judged(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            raise NotEverError("The mail server takes no address with letters other than Latin ones.") from None
        except (smtplib.SMTPException, OSError) as error:
            had_sent = self._sent
            self.close()
            # A server that ends a session after so many messages is asked again at once, in a new one.
            raise NotNowError(_told("The mail server did not answer", error), is_of_receiver=not had_sent) from None
        self._sent += 1

    def close(self) -> None:
        """Ends the session, if there is one."""
        if self._server:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._server.close()
        self._server, self._sent = None, 0

    def _open(self) -> smtplib.SMTP:
        if self._server and _answers(self._server):
            return self._server
        self.close()
        settings = self.settings
        port = settings.smtp_port or _PORTS[settings.smtp_security]
        where = f"{settings.smtp_host}:{port}"
        make: Callable[..., smtplib.SMTP] = smtplib.SMTP
        more = {}
        if settings.smtp_security == "ssl":
            make, more = smtplib.SMTP_SSL, {"context": ssl.create_default_context()}
        try:
            server = make(settings.smtp_host, port, timeout=settings.smtp_timeout, **more)
            self._server = server
            server.ehlo()
            if settings.smtp_security == "starttls":
                if not server.has_extn("starttls"):
                    raise SettingsError(f"{where} offers no STARTTLS.", hint="Set PRM_SMTP_SECURITY to ssl or none.")
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if settings.smtp_user and settings.smtp_password:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except SettingsError:
            self.close()
            raise
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise SettingsError(
                f"The certificate of {where} can't be trusted: {error.verify_message}.",
                hint="Name the authority that has signed it with SSL_CERT_FILE.",
            ) from None
        except smtplib.SMTPAuthenticationError as error:
            self.close()
            if error.smtp_code < 500:
                raise NotNowError(_said(error.smtp_code, error.smtp_error), is_of_receiver=True) from None
            raise SettingsError(
                f"{where} did not accept PRM_SMTP_USER with PRM_SMTP_PASSWORD: {_said(error.smtp_code, error.smtp_error)}."
            ) from None
        except smtplib.SMTPNotSupportedError:
            self.close()
            raise SettingsError(f"{where} knows no users.", hint="Leave PRM_SMTP_USER unset.") from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise NotNowError(_told(f"{where} did not answer", error), is_of_receiver=True) from None
        return server


def _answers(server: smtplib.SMTP) -> bool:
    with suppress(smtplib.SMTPException, OSError):
        return server.noop()[0] == 250
    return False


def _judged(code: int, said: bytes | str) -> NotNowError | NotEverError:
    """What an answer means: from 500 on for good, below not now; 421: the server is going down."""
    told = _said(code, said)
    return NotEverError(told) if code >= 500 else NotNowError(told, is_of_receiver=code == _SHUTTING_DOWN)


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"


def _told(what: str, error: Exception) -> str:
    return f"{what}: {' '.join(str(error).split()) or type(error).__name__}."
