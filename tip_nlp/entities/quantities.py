"""Amounts of money with currency and period, ages, and dates."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from importlib.resources import files

import regex
from babel import Locale

from tip_nlp.entities.found import Found

# 1,500.50 and 2,50,000; 25.000 is a Turkish or European twenty-five thousand.
_NUMBER = r"(?:\d{1,3}(?:,\d{2,3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?!\d)|\d+(?:\.\d+)?)"
_THOUSANDS = regex.compile(r"\d{1,3}(?:\.\d{3})+")
_AROUND = 30  # characters before and after an amount in which its period may stand
# Locales of the languages of tip_nlp, for the names of the months.
LOCALES = ("en", "ur", "sd", "ps", "ar", "fa", "hi", "bn", "tr")
# Magnitudes that are also everyday words: an amount only with a currency.
_NEEDS_CURRENCY = frozenset({"so", "sau", "bin", "الف", "hundred"})


def find_quantities(text: str) -> Iterator[Found]:
    """All amounts, ages and dates of normalised text; they may overlap."""
    yield from _dates(text)
    yield from _ages(text)
    yield from _money(text)


def _money(text: str) -> Iterator[Found]:
    for found in _amount().finditer(text):
        before, after = found["before"], found["after"]
        currency = _names("currencies").get((before or after or "").casefold(), "")
        magnitude = (found["magnitude"] or "").casefold()
        if not currency and (not magnitude or magnitude in _NEEDS_CURRENCY):
            continue
        if found["words"] and not magnitude:
            continue
        values = [value for value in (_value(found, "low"), _value(found, "high")) if value]
        details = {"currency": currency, "amount": "-".join(values)}
        if period := _period(text, *found.span()):
            details["period"] = period
        yield Found("money", *found.span(), f"{currency} {details['amount']}".strip(), details)


def _value(found: regex.Match[str], name: str) -> str:
    """The number of an amount written out, "" where there is none."""
    if name == "low" and found["words"]:
        number = _number_words(found["words"])
    elif found[name]:
        written = found[name].replace(",", "")
        number = float(written.replace(".", "") if _THOUSANDS.fullmatch(written) else written)
    else:
        return ""
    scale = _names("magnitudes").get((found["magnitude"] or "").casefold(), "1")
    return f"{number * float(scale):.2f}".rstrip("0").rstrip(".")


def _number_words(words: str) -> float:
    half, _, rest = words.casefold().partition(" ")
    if half in _words("half_more"):
        return float(_names("numbers")[rest.strip()]) + 0.5
    return float(_names("numbers")[words.casefold()])


def _period(text: str, start: int, end: int) -> str:
    """What an amount is for: the word right after it ("per month"), or a word such as "monthly" shortly before it."""
    if found := _period_after().match(text, end):
        return _names("periods")[found["period"].casefold()]
    before = list(_period_before().finditer(text, max(0, start - _AROUND), start))
    return _names("periods_before")[before[-1]["period"].casefold()] if before else ""


def _ages(text: str) -> Iterator[Found]:
    for found in _age().finditer(text):
        years = int(found["first"] or found["last"])
        if 0 < years < 100:
            yield Found("age", *found.span(), str(years), {})


def _dates(text: str) -> Iterator[Found]:
    for pattern in (_ISO_DATE, _NUMERIC_DATE, _named_date()):
        for found in pattern.finditer(text):
            named = found.groupdict()
            month = months()[named["name"].casefold().rstrip(".")] if named.get("name") else int(named["month"])
            value = _iso(named.get("year"), month, int(named["day"]))
            if value:
                yield Found("date", *found.span(), value, {})


def _iso(year: str | None, month: int, day: int) -> str:
    """ISO 8601, without a year "--03-12"; "" for no real day."""
    with suppress(ValueError):
        if year is None:
            return f"--{date(2000, month, day):%m-%d}"
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day).isoformat()
    return ""


# Day first, as in all countries of these languages; a month above 12 is no date.
_NUMERIC_DATE = regex.compile(
    r"(?<![\d/.-])(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>(?:19|20)\d{2}|\d{2})(?![\d/-])"
)
_ISO_DATE = regex.compile(r"(?<![\d/.-])(?P<year>(?:19|20)\d{2})-(?P<month>\d{2})-(?P<day>\d{2})(?!\d)")


@cache
def _named_date() -> regex.Pattern[str]:
    names = _any_of(months())
    return regex.compile(
        rf"(?<!\w)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s?(?:of\s)?(?P<name>{names})\.?(?:,?\s(?P<year>(?:19|20)\d{{2}}))?(?!\w)"
        rf"|(?<!\w)(?P<name>{names})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s(?P<year>(?:19|20)\d{{2}}))?(?!\w)",
        regex.I,
    )


@cache
def months() -> dict[str, int]:
    """Month names of every locale, from CLDR, with the Pakistani spellings it lacks."""
    found: dict[str, int] = {}
    for code in LOCALES:
        locale = Locale(code)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[context][width].items():
                    if not name[:1].isdigit() and len(name) > 2:
                        found[name.casefold().rstrip(".")] = number
    return found


@cache
def _amount() -> regex.Pattern[str]:
    currency, magnitude = _any_of(_names("currencies")), _any_of(_names("magnitudes"))
    half, words = _any_of(_words("half_more")), _any_of(_names("numbers"))
    return regex.compile(
        rf"(?:(?<!\w)(?P<before>{currency})\s?)?"
        rf"(?:(?<![\w.,/-])(?P<low>{_NUMBER})|(?<=[^\W\d]\s?|[$€£₹৳₨]\s?)(?P<low>{_NUMBER})|(?<!\w)(?P<words>(?:(?:{half})\s)?(?:{words}))(?=\s))"
        rf"(?:\s?(?:-|–|to|تا|سے|se)\s?(?P<high>{_NUMBER}))?"
        rf"(?:\s?(?P<magnitude>{magnitude})(?![\w]))?"
        rf"(?:\s?(?:/-|/=)?\s?(?P<after>{currency})(?!\w))?",
        regex.I,
    )


@cache
def _period_after() -> regex.Pattern[str]:
    per, period = _any_of(_words("per")), _any_of(_names("periods"))
    return regex.compile(rf"[\s/(-]{{0,3}}(?:(?:{per})[\s/]?)?(?P<period>{period})(?!\w)", regex.I)


@cache
def _period_before() -> regex.Pattern[str]:
    return regex.compile(rf"(?<!\w)(?P<period>{_any_of(_names('periods_before'))})(?!\w)", regex.I)


@cache
def _age() -> regex.Pattern[str]:
    ages = _tables()["ages"]
    before, after = _any_of(ages["before"]), _any_of(ages["after"])
    return regex.compile(
        rf"(?<!\w)(?:{before})\s?[:=]?\s?(?P<first>\d{{1,2}})(?!\d)|(?<![\d\w])(?P<last>\d{{1,2}})[\s-]?(?:{after})(?!\w)",
        regex.I,
    )


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("tip_nlp").joinpath("data", "quantities.toml").read_text(encoding="utf-8"))


@cache
def _names(table: str) -> Mapping[str, str]:
    """A table turned round: from each word to what it stands for; of a repeated word the first counts."""
    return {word.casefold(): value for value, words in reversed(_tables()[table].items()) for word in words}


def _words(table: str) -> list[str]:
    return _tables()[table]["words"]


def _any_of(words: Mapping[str, object] | list[str]) -> str:
    return "|".join(map(regex.escape, sorted(words, key=len, reverse=True)))
