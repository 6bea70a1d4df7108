"""Where the data and the notebooks lie: at the top of a checkout, inside the package of an installed wheel."""

from __future__ import annotations

from pathlib import Path

__all__ = ["data_dir", "is_checkout", "notebooks_dir"]

_PACKAGE = Path(__file__).resolve().parent


def is_checkout() -> bool:
    """Whether the package runs from a checkout (an editable install included) and not from an installed wheel."""
    return not (_PACKAGE / "_data").is_dir()


def data_dir() -> Path:
    """Folder of the curated CSV files and their ``schema.sql``."""
    return _PACKAGE.parent / "data" if is_checkout() else _PACKAGE / "_data"


def notebooks_dir() -> Path:
    """Folder of the notebooks as they are published."""
    return _PACKAGE.parent / "notebooks" if is_checkout() else _PACKAGE / "_notebooks"
