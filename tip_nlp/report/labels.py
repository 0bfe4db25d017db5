"""The report's own words, in English or Urdu."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any, Literal

from babel import Locale

from tip_nlp.errors import InputError
from tip_nlp.taxonomy import Taxonomy

ReportLanguage = Literal["en", "ur"]
LANGUAGES: tuple[ReportLanguage, ...] = ("en", "ur")


def read_labels() -> dict[str, dict[str, dict[str, str]]]:
    """Every label by section, name and language."""
    return tomllib.loads(files("tip_nlp.report").joinpath("labels.toml").read_text(encoding="utf-8"))


class Labels:
    """Call with "section.name" and the values its braces name; KeyError: there is no such label.

    InputError: a language the report is not written in.
    """

    def __init__(self, language: ReportLanguage, taxonomy: Taxonomy) -> None:
        if language not in LANGUAGES:
            raise InputError(f"the report is written in {' or '.join(LANGUAGES)}, got {language!r}")
        self.language = language
        self._labels = read_labels()
        self._locale = Locale(language)
        self._towns = _town_names() if language == "ur" else {}
        self._indicators = {each.id: (each.name_en, each.name_ur) for each in taxonomy.indicators}

    @property
    def direction(self) -> str:
        """Of the page: ltr or rtl."""
        return "rtl" if self.language == "ur" else "ltr"

    def __call__(self, label: str, **values: object) -> str:
        """The label with its values."""
        section, name = label.split(".", 1)
        text = self._labels[section][name][self.language]
        return text.format(**values) if values else text

    def term(self, section: str, name: str) -> str:
        """A label where there is one, otherwise the name itself: a later version may know more names."""
        known = self._labels[section].get(name)
        return known[self.language] if known else name.replace("_", " ")

    def language_name(self, code: str) -> str:
        """A language of the texts, by its code."""
        known: str | None = self._locale.languages.get(code)
        return self.term("language", code) if code in self._labels["language"] else known or code

    def place_name(self, value: str) -> str:
        """A place entity's value: a country by its ISO code, a town by its name."""
        country: str | None = self._locale.territories.get(value) if len(value) == 2 else None
        return country or self._towns.get(value, value)

    def indicator_names(self, indicator: str) -> tuple[str, str]:
        """Names in the page's language and in the other one; the id twice where the taxonomy lacks it."""
        english, urdu = self._indicators.get(indicator, (indicator, indicator))
        return (urdu, english) if self.language == "ur" else (english, urdu)


def _town_names() -> dict[str, str]:
    """The first spelling of each town in Arabic script, which the gazetteer gives in Urdu."""
    table: dict[str, Any] = tomllib.loads(files("tip_nlp").joinpath("data", "places.toml").read_text(encoding="utf-8"))
    native = {
        town["name"]: [word for word in town["words"] if "\u0600" <= word[0] <= "\u06ff"] for town in table["town"]
    }
    return {name: words[0] for name, words in native.items() if words}
