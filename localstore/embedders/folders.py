"""Folders: models that lie on this machine. Nothing is ever downloaded."""

from __future__ import annotations

import os
from pathlib import Path

from localstore.embedders.parameters import Parameters
from localstore.errors import InvalidValue, NotFound

_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")


def model_folder(parameters: Parameters) -> Path:
    """Return the folder of ``parameters.path``; InvalidValue says what to give when it is not there."""
    given = parameters.text("path")
    if not given:
        raise InvalidValue(
            f"{parameters.model} names no folder: 'localstore models edit {parameters.model} --parameter path=FOLDER'"
            " (models are not downloaded)",
            "parameters.path",
        )
    folder = Path(given).expanduser()
    if not folder.is_dir():
        raise InvalidValue(
            f"there is no folder {str(folder)!r} with the files of {parameters.model}: models are not downloaded, "
            "put them there or name another folder",
            "parameters.path",
        )
    return folder


def stay_offline() -> None:
    """Tell the libraries that fetch models not to; to be called before they are imported."""
    for name in _OFFLINE:
        os.environ[name] = "1"


def missing_extra(name: str, what: str) -> NotFound:
    """Return the error of an optional part that is not installed."""
    return NotFound(f"For {what} install the extra: pip install 'localstore[{name}]'.")
