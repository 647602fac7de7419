"""Data in and out: exports by day, imports of OTLP files, Parquet and SQLite."""

from tokenlake_collector.transfer.errors import TransferError
from tokenlake_collector.transfer.export import Export
from tokenlake_collector.transfer.forms import FORMS
from tokenlake_collector.transfer.kinds import Kind, files_below, kind_of
from tokenlake_collector.transfer.messages import Problem
from tokenlake_collector.transfer.rows import RowImport
from tokenlake_collector.transfer.targets import CollectorTarget, FileTarget, Target

__all__ = [
    "FORMS",
    "CollectorTarget",
    "Export",
    "FileTarget",
    "Kind",
    "Problem",
    "RowImport",
    "Target",
    "TransferError",
    "files_below",
    "kind_of",
]
