"""Phone numbers, e-mail addresses, links and handles, also where they were written to be missed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from urllib.parse import parse_qs, urlsplit

import phonenumbers
import regex

from tip_nlp.entities.found import Found

HOME = "PK"  # numbers without a country code are read as Pakistan's
# Other countries whose people write their own numbers without a code; tried for mobiles where Pakistan's plan refuses.
_ABROAD = ("AE", "SA", "QA", "OM", "BH", "KW", "IR", "AF", "TR", "IN", "BD")
_NEAR = 25  # characters before a contact in which its platform may be named

_AT = r"(?:\s?(?:\(at\)|\[at\])\s?|@)"
_DOT = r"(?:\s?(?:\(dot\)|\[dot\])\s?|\.)"
_EMAIL = regex.compile(rf"[\w.+-]{{1,64}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{2,63}}){{1,4}}", regex.I)
_LINK = regex.compile(
    r"(?:https?://|www\.)[^\s<>\"'،۔]{3,500}"
    r"|(?<![\w.@])(?:t\.me|wa\.me|chat\.whatsapp\.com|bit\.ly|tinyurl\.com|(?:m\.|web\.)?facebook\.com|fb\.com|fb\.me|m\.me"
    r"|instagram\.com|tiktok\.com|telegram\.me|linktr\.ee|forms\.gle|youtu\.be)/[^\s<>\"'،۔]{1,300}",
    regex.I,
)
_HANDLE = regex.compile(r"(?<![\w.@/])@[A-Za-z][\w.]{2,31}")
_DIGITS = regex.compile(r"\d")
# A number as typed to get past filters: letters for digits, any sign between them.
_DISGUISED = regex.compile(
    r"(?<![\p{L}\p{N}])[+(]{0,2}[\dOoQIl|](?:[\s.\-_*~/()|,•·]{0,3}[\dOoQIl|]\p{Me}?){8,14}(?![\p{L}\p{N}])"
)
_AS_DIGIT = str.maketrans("OoQIl|", "000111")


def find_contacts(text: str) -> Iterator[Found]:
    """All contacts of normalised text, the surest kinds first; they may overlap."""
    for found in _LINK.finditer(text):
        link = found.group().rstrip(".,;:!?)]}»\"'")
        yield Found("link", found.start(), found.start() + len(link), _url(link), _link_details(link))
    for found in _EMAIL.finditer(text):
        yield Found("email", *found.span(), _address(found.group()), {})
    yield from _phones(text)
    for found in _HANDLE.finditer(text):
        handle = found.group().rstrip(".")
        place = found.start(), found.start() + len(handle)
        yield Found("handle", *place, handle.lower(), _platform(text, found.start()))
    yield from _named_handles(text)


def _phones(text: str) -> Iterator[Found]:
    digits = len(_DIGITS.findall(text))
    taken = []
    if digits >= 7:
        for match in phonenumbers.PhoneNumberMatcher(text, HOME):
            taken.append((match.start, match.end))
            yield _phone(text, match.start, match.end, match.number, disguised=False)
    if digits >= 4:
        for found in _DISGUISED.finditer(text):
            number = _parse(found.group().translate(_AS_DIGIT))
            if number is not None and all(end <= found.start() or found.end() <= start for start, end in taken):
                plain = regex.fullmatch(r"[+\d\s()-]+", found.group()) is not None
                yield _phone(text, *found.span(), number, disguised=not plain)
    yield from _spelled_phones(text)


def _spelled_phones(text: str) -> Iterator[Found]:
    """Numbers told digit by digit: "zero three double zero ...", "صفر تین صفر صفر ..."."""
    for found in _spelled().finditer(text):
        number = _parse(_digits_of(found.group()))
        if number is not None:
            yield _phone(text, *found.span(), number, disguised=True)


def _digits_of(words: str) -> str:
    digits, times = "", 1
    for word in regex.findall(r"\d|[^\W\d]+", words):
        if word.isdigit():
            digits, times = digits + word * times, 1
        elif (value := _tables()["repeat"].get(word.casefold())) is not None:
            times = int(value)
        else:
            digits, times = digits + _tables()["digits"][word.casefold()] * times, 1
    return digits


def _parse(text: str) -> phonenumbers.PhoneNumber | None:
    """A valid number, or None. In disguise only mobiles count: of other runs of digits too many look valid."""
    for region in (HOME, *_ABROAD):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        kind = phonenumbers.number_type(number)
        if kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE):
            return number
    return None


def _phone(text: str, start: int, end: int, number: phonenumbers.PhoneNumber, *, disguised: bool) -> Found:
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    details = {"country": phonenumbers.region_code_for_number(number) or ""} | _platform(text, start)
    return Found("phone", start, end, value, details | ({"disguised": "yes"} if disguised else {}))


def _named_handles(text: str) -> Iterator[Found]:
    """ "telegram: name_here", "insta id name.here"."""
    for found in _named_handle().finditer(text):
        name = found["name"].rstrip(".")
        platform = _tables()["platforms"][found["platform"].casefold()]
        start = found.start("name")
        yield Found("handle", start, start + len(name), f"@{name.lower()}", {"platform": platform})


def _platform(text: str, start: int) -> dict[str, str]:
    """The platform named last shortly before a contact."""
    named = list(_platform_names().finditer(text, max(0, start - _NEAR), start))
    return {"platform": _tables()["platforms"][named[-1].group().casefold()]} if named else {}


def _url(link: str) -> str:
    parts = urlsplit(link if "://" in link else f"https://{link}")
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def _link_details(link: str) -> dict[str, str]:
    parts = urlsplit(_url(link))
    host = parts.netloc.removeprefix("www.").removeprefix("m.").removeprefix("web.")
    platform = _tables()["hosts"].get(host)
    details = {"platform": platform} if platform else {}
    digits = parts.path.strip("/") if host == "wa.me" else "".join(parse_qs(parts.query).get("phone", []))
    if platform == "whatsapp" and digits.strip("+ ").isdigit():
        number = _parse("+" + digits.strip("+ "))
        if number is not None:
            details["phone"] = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return details


def _address(text: str) -> str:
    return regex.sub(_DOT, ".", regex.sub(_AT, "@", text.lower()))


@cache
def _tables() -> dict[str, dict[str, str]]:
    """contacts.toml turned round: from each word to what it stands for."""
    source = tomllib.loads(files("tip_nlp").joinpath("data", "contacts.toml").read_text(encoding="utf-8"))
    return {
        name: {word.casefold(): value for value, words in table.items() for word in words}
        for name, table in source.items()
    }


def _any_of(words: dict[str, str]) -> str:
    return "|".join(map(regex.escape, sorted(words, key=len, reverse=True)))


@cache
def _platform_names() -> regex.Pattern[str]:
    return regex.compile(rf"(?<!\w)(?:{_any_of(_tables()['platforms'])})(?!\w)", regex.I)


@cache
def _named_handle() -> regex.Pattern[str]:
    named = _any_of(_tables()["platforms"])
    return regex.compile(
        rf"(?<!\w)(?P<platform>{named})(?:\s(?:id|user(?:name)?|handle|acc(?:ount)?|page|channel))?\s?[:=]\s?"
        r"@?(?P<name>[A-Za-z](?=[\w.]*[\d_.])[\w.]{3,31})(?!\w)(?!@)",
        regex.I,
    )


@cache
def _spelled() -> regex.Pattern[str]:
    word = rf"(?:{_any_of(_tables()['digits'])}|\d)"
    times = rf"(?:(?:{_any_of(_tables()['repeat'])})\s)?"
    return regex.compile(rf"(?<!\w){times}{word}(?:[\s,\-]{{1,3}}{times}{word}){{8,14}}(?!\w)", regex.I)
