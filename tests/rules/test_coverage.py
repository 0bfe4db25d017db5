import pytest

from tip_nlp.rules.coverage import LANGUAGES, coverage
from tip_nlp.rules.schema import read_rules

FILE = """
language = "fa"
covers = ["prs"]
[absent]
debt_bondage = "an invented reason"
[[rule]]
id = "fa.document_retention.kept"
indicator = "document_retention"
phase = "destination"
strength = "strong"
source = "ILO 2012 indicator 7"
patterns = ["پاسپورت"]
match = ["a", "b"]
avoid = ["c", "d"]
"""


@pytest.fixture
def found(tmp_path):
    path = tmp_path / "fa.toml"
    path.write_text(FILE, encoding="utf-8")
    return coverage(read_rules([path]), ["document_retention", "debt_bondage", "isolation"])


def test_a_file_counts_for_the_languages_it_covers(found):
    assert found.counts["document_retention"]["fa"] == found.counts["document_retention"]["prs"] == 1
    assert found.counts["document_retention"]["en"] == 0


def test_gaps_are_the_empty_cells_without_a_reason(found):
    assert ("isolation", "prs") in found.gaps
    assert ("debt_bondage", "prs") not in found.gaps
    assert len(found.gaps) == 3 * len(LANGUAGES) - 4
