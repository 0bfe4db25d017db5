"""The shipped model is loaded once a session: it is small, and the tests should speak of what users get."""

from __future__ import annotations

import pytest

from tip_nlp.analyzer import Analyzer
from tip_nlp.settings import Settings


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer.load()


@pytest.fixture(scope="session")
def exact_analyzer() -> Analyzer:
    return Analyzer.load(Settings(exact=True))
