"""Figures for policy work: counts of what was found, safe to publish."""

from __future__ import annotations

from tip_nlp.statistics.tables import Table, Tables, statistics
from tip_nlp.statistics.writing import write_statistics

__all__ = ["Table", "Tables", "statistics", "write_statistics"]
