"""Files."""

from __future__ import annotations

from localstore.models import FileAsset
from localstore.rows import Rows


class Files(Rows[FileAsset]):
    """``store.files``."""

    model = FileAsset
    label = "filename"
