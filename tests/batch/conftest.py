import csv
import io
import sys

import pytest
from scans import DISTINCT, ROWS


@pytest.fixture(scope="session")
def shape(analyzer):
    return analyzer.assess("My employer has kept my passport for five months and does not pay my salary.").to_dict()


@pytest.fixture
def ads(tmp_path):
    path = tmp_path / "ads.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("id", "text", "city"))
        for number in range(ROWS):
            writer.writerow(
                (number, f"Cook number {number % DISTINCT} wanted in town {number % DISTINCT * 7}", "Lahore")
            )
        writer.writerow((ROWS, "", "nowhere"))
        writer.writerow((ROWS + 1, "an unreadable text", "nowhere"))
    return path


@pytest.fixture
def piped(monkeypatch):
    """Put bytes on standard input."""

    def put(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return put
