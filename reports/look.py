"""How the operator's documents look, from the settings."""

from __future__ import annotations

from PIL import Image, UnidentifiedImageError

from prm.errors import SettingsError
from prm.settings import Settings
from reports.model import Look


def look(settings: Settings) -> Look:
    """The colour and the logo. Raises SettingsError where the logo is no picture that documents can show."""
    logo = settings.document_logo
    if logo:
        try:
            with Image.open(logo) as picture:
                kind = picture.format
        except FileNotFoundError:
            raise SettingsError(f"PRM_DOCUMENT_LOGO: there is no file {logo}.") from None
        except (UnidentifiedImageError, OSError):
            kind = None
        if kind not in ("PNG", "JPEG"):
            raise SettingsError(f"PRM_DOCUMENT_LOGO: {logo} is no PNG or JPEG.", hint="Save the logo as one of them.")
    return Look(settings.document_color, logo)
