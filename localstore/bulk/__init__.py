"""The bulk writer: millions of items in short transactions, beside which other writers get their turn."""

from localstore.bulk.report import BulkReport
from localstore.bulk.writer import Bulk

__all__ = ["Bulk", "BulkReport"]
