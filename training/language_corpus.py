"""Text for language identification: named sources, held-out ones among them, and the samples drawn from them.

A source is held out whole where a language has more than one; where it has one, every fourth row is held out. Only
every fourth row of a held-out source is measured, so that the shipped model, which learns from the others, can be too.
Rows stay in the data folder: only weights and figures come out of here.
"""

from __future__ import annotations

import csv
import html
import importlib
import json
import pkgutil
import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from training import language_translit as translit

SEED = 20


def _codes(pairs: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in pairs.split())


_SIB = _codes(
    "eng_Latn:en urd_Arab:ur pbt_Arab:ps snd_Arab:sd prs_Arab:fa pes_Arab:fa hin_Deva:hi ben_Beng:bn tur_Latn:tr "
    "arb_Arab:ar ars_Arab:ar acm_Arab:ar apc_Arab:ar arz_Arab:ar ckb_Arab:und uig_Arab:und azb_Arab:und kas_Arab:und"
)
_UDHR = _codes("eng:en urd:ur urd_2:ur pnb:pnb pbu:ps pes_1:fa pes_2:fa arb:ar hin:hi ben:bn tur:tr")
_TICO = _codes("en-ur:ur en-ps:ps en-prs:fa en-fa:fa en-bn:bn en-hi:hi en-ar:ar en-ckb:und")
_TATOEBA = _codes("ara:ar ben:bn hin:hi pes:fa tur:tr urd:ur")
_OURS = frozenset(("en", "ur", "tr", "ar", "fa", "hi", "bn"))
MADE_ROWS = 2500
MEASURED_ROWS = 4
PHRASES = "phrases (written)"


@dataclass(frozen=True)
class Source:
    """Texts of one language from one place; `held_out` keeps them from the model that is measured."""

    name: str
    code: str
    texts: tuple[str, ...]
    held_out: bool = False


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10**9)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _by_code(rows: list[dict[str, str]], column: str, codes: dict[str, str], text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row[column] in codes:
            found[codes[row[column]]].append(row[text])
    return found


def _parallel(data: Path) -> Iterator[Source]:
    """The sources that hold several languages each."""
    tatoeba, tico = _rows(data / "tatoeba/tatoeba.csv"), _rows(data / "tico-19/tico19.csv")
    for code, texts in _by_code(_rows(data / "sib-200/sib200.csv"), "lang", _SIB, "text").items():
        yield from (
            _rows_held_out("sib-200", code, texts)
            if code in ("und", "hi", "tr")
            else [Source("sib-200", code, tuple(texts))]
        )
    for code, texts in _by_code(_rows(data / "udhr/udhr.csv"), "lang", _UDHR, "text").items():
        yield Source("udhr", code, tuple(texts), held_out=code == "pnb")
    for code, texts in _by_code(tico, "pair", _TICO, "other").items():
        yield Source("tico-19", code, tuple(texts), held_out=code == "und")
    for code, texts in _by_code(tatoeba, "lang", _TATOEBA, "text").items():
        yield Source("tatoeba", code, tuple(texts), held_out=code in ("ur", "fa", "hi", "tr", "ar"))
    yield Source("tatoeba", "en", tuple(row["english"] for row in tatoeba))
    yield Source("tico-19", "en", tuple(sorted({row["english"] for row in tico})))


def _single(data: Path) -> Iterator[Source]:
    """The sources that hold one language each."""
    jobs = _rows(data / "locanto-jobs/locanto_jobs.csv")
    yield Source("locanto-jobs", "en", tuple(f"{r['title']}. {r['desc']}" for r in jobs), held_out=True)
    counsel = [
        re.sub("<[^>]+>", " ", html.unescape(r["questionText"])) for r in _rows(data / "counsel-chat/counsel_chat.csv")
    ]
    yield Source("counsel-chat", "en", tuple(sorted(set(counsel))), held_out=True)
    aims = _rows(data / "aims-statements/GT_MSA_Training_NewDataLabels_WithText.csv")
    yield Source("aims-statements", "en", tuple(row["Text"] for row in aims))
    yield Source(
        "jobinja-fa",
        "fa",
        tuple(row["definition"] for row in _rows(data / "jobinja-fa/jobinja_jobs.csv")),
        held_out=True,
    )
    yield Source("urdu-news", "ur", tuple(row["news"] for row in _rows(data / "urdu-news/real_fake_news_train.csv")))
    products = _rows(data / "urdu-comments/products_sentiment_urdu.csv")
    yield Source("urdu-comments", "ur", tuple(row["text"] for row in products))
    tweets = _rows(data / "urdu-comments/urdu_tweets.csv")
    yield Source("urdu-tweets", "ur", tuple(row["Tweet"] for row in tweets), held_out=True)
    lines = (data / "pashto/pashto_web_lines.txt").read_text(encoding="utf-8").splitlines()
    yield Source("pashto-web", "ps", tuple(lines), held_out=True)
    yield Source("pashto-news", "ps", tuple(r["content"] for r in _rows(data / "pashto/pashto_news_articles.csv")))
    yield Source(
        "ud-sindhi", "sd", tuple(row["text"] for row in _rows(data / "ud-sindhi/sindhi_sentences.csv")), held_out=True
    )
    arabic = _rows(data / "arsarcasm/ArSarcasm_train.csv") + _rows(data / "arsarcasm/ArSarcasm_test.csv")
    yield Source("arsarcasm", "ar", tuple(row["tweet"] for row in arabic), held_out=True)
    yield Source(
        "bangla-sms", "bn", tuple(row["text"] for row in _rows(data / "bangla-sms/bangla_sms.csv")), held_out=True
    )


def _rows_held_out(name: str, code: str, texts: list[str]) -> list[Source]:
    kept = [text for place, text in enumerate(texts) if place % 4]
    return [Source(name, code, tuple(kept)), Source(f"{name} (rows)", code, tuple(texts[::4]), held_out=True)]


def _roman_urdu(data: Path) -> Iterator[Source]:
    uci = [row["text"] for row in _rows(data / "roman-urdu-uci/roman_urdu_sentiment.csv")]
    yield Source("roman-urdu-uci", "ur-Latn", tuple(uci))
    yield Source(
        "daraz-reviews", "ur-Latn", tuple(r["Reviews"] for r in _rows(data / "urdu-comments/daraz_reviews.csv"))
    )
    tweets = [row["text"] for row in _rows(data / "ruhsold-normal/ruhsold_normal.csv")]
    yield Source("ruhsold-normal", "ur-Latn", tuple(tweets), held_out=True)
    bench: list[str] = []
    for path in sorted((data / "roman-urdu-bench").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            bench += [row["reference"]] if "register" in row else re.findall("'(.+)'", row["prompt"])
    yield Source("roman-urdu-bench", "ur-Latn", tuple(bench), held_out=True)


def vocabulary(sources: list[Source], *names: str, code: str = "ur-Latn", least: int = 2) -> dict[str, int]:
    """Count the Latin words of the sources named that occur often enough not to be slips."""
    texts = (text for source in sources if source.name in names and source.code == code for text in source.texts)
    counts = Counter(word for text in texts for word in re.findall("[a-z]+", text.lower()))
    return {word: count for word, count in counts.items() if count >= least}


def _made(sources: list[Source]) -> Iterator[Source]:
    """Romanised Hindi and Urdu and Shahmukhi made from the sources read; made text follows its source's side."""
    chance = random.Random(SEED)
    urdu = translit.UrduRomaniser(vocabulary(sources, "roman-urdu-uci"))
    for source in sources:
        name, rows = f"{source.name} (made)", source.texts[:MADE_ROWS]
        if source.code == "hi":
            yield Source(name, "hi-Latn", tuple(translit.roman_hindi(text, chance) for text in rows), source.held_out)
            swapped = tuple(translit.roman_hindi(text, chance, in_urdu_words=True) for text in rows)
            yield Source(f"{source.name} (made, Urdu words)", "ur-Latn", swapped, source.held_out)
        elif source.code == "ur" and source.name in ("sib-200", "tico-19", "urdu-news"):
            yield Source(name, "ur-Latn", tuple(urdu.romanise(text[:300], chance) for text in rows))
        if source.code == "ur" and not source.held_out and source.name != "udhr":
            yield Source(name, "pnb", tuple(translit.punjabi_from_urdu(text, chance) for text in rows))
    phrases = (" ".join(chance.choices(translit.PUNJABI_WORDS, k=chance.randint(3, 8))) for _ in range(1500))
    yield Source("word list (made)", "pnb", tuple(phrases))
    for code, written in translit.phrases(900, chance).items():
        yield Source(PHRASES, code, tuple(written))


def _gurmukhi(data: Path) -> Iterator[Source]:
    chance = random.Random(SEED)
    texts = [row["text"] for row in _rows(data / "sib-200/sib200.csv") if row["lang"] == "pan_Guru"]
    yield Source("sib-200 (made)", "pnb", tuple(translit.shahmukhi_from_gurmukhi(text, chance) for text in texts))


def _foreign() -> Iterator[Source]:
    """Other languages in Latin and Devanagari letters, from spaCy's language data (MIT): stop words, and sentences."""
    import spacy.lang

    chance = random.Random(SEED)
    stop_words: list[str] = []
    sentences: list[str] = []
    for module in pkgutil.iter_modules(spacy.lang.__path__):
        if module.ispkg and module.name not in _OURS and module.name != "xx":
            words = sorted(_attribute(module.name, "stop_words", "STOP_WORDS"))
            stop_words += [" ".join(chance.choices(words, k=chance.randint(2, 9))) for _ in range(200 if words else 0)]
            sentences += _attribute(module.name, "examples", "sentences")
    yield Source("spacy stop words", "und", tuple(stop_words))
    yield Source("spacy examples", "und", tuple(sentences), held_out=True)


def _attribute(language: str, module: str, name: str) -> list[str]:
    try:
        return list(getattr(importlib.import_module(f"spacy.lang.{language}.{module}"), name))
    except ModuleNotFoundError:
        return []


def read_sources(data: Path) -> list[Source]:
    """Read every source of the data folder and make the languages that it lacks."""
    sources = [*_parallel(data), *_single(data), *_roman_urdu(data)]
    sources += [*_made(sources), *_gurmukhi(data), *_foreign()]
    return [
        replace(
            source, texts=tuple(unicodedata.normalize("NFC", text) for text in source.texts if text and text.strip())
        )
        for source in sources
    ]


def for_shipping(sources: list[Source]) -> list[Source]:
    """Give the rows that the shipped model learns from: all but the measured ones."""
    kept = []
    for source in sources:
        rows = (text for place, text in enumerate(source.texts) if not source.held_out or place % MEASURED_ROWS)
        kept.append(replace(source, texts=tuple(rows), held_out=False))
    return kept
