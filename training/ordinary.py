"""How often rules match where nothing is to be found: ``python -m training.ordinary``.

Real texts that tell of no trafficking, up to 5,000 of each source: news, reviews, tweets, job ads, counselling posts.
Job ads that the annotation says count are left out. Writes ``training/reports/ordinary.md``.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from scipy.stats import binomtest

from tip_nlp.analyzer import Analyzer
from tip_nlp.fusion import rule_evidence
from tip_nlp.normalize import normalize
from tip_nlp.rules.coverage import LANGUAGES
from tip_nlp.segments import split
from tip_nlp.taxonomy import load_taxonomy
from tip_nlp.types import Decision, Match
from training.config import data_folder
from training.dataset import RealText, real_texts
from training.examples import FAMILIES
from training.real_labels import indicators_of

REPORT = Path(__file__).parent / "reports" / "ordinary.md"
_PER_SOURCE, _SEED = 5_000, 1
_AT_ONCE = 200
_SHOWN = 12  # rules that match most often
_OTHER = "other languages"
_INTRO = """# Rules on ordinary real text

Texts of every real source, up to 5,000 each, that hold no indicator as far as anybody looked; per 10,000, with 95 %
Wilson intervals. *Firm* is a match of medium or strong strength; *elevated* is what rules alone would lift to that.

| language | texts | any match | firm | elevated |
| --- | --- | --- | --- | --- |"""
# How sources that name the language of each row write it, by the first three letters.
_CODES = {
    "eng": "en", "urd": "ur", "snd": "sd", "pbt": "ps", "pbu": "ps", "prs": "prs", "pes": "fa", "hin": "hi",
    "ben": "bn", "tur": "tr", "ara": "ar", "arb": "ar", "apc": "ar", "arz": "ar", "ars": "ar", "acm": "ar",
    "pnb": "pnb",
}  # fmt: skip


def main() -> None:
    """Match, print and write."""
    analyzer = Analyzer.load()
    texts = [each for each in real_texts(data_folder(), per_source=_PER_SOURCE, seed=_SEED) if not _is_labelled(each)]
    found = list(counted_matches(analyzer, [each.text for each in texts]))
    report = render(texts, found, analyzer.classifier.decision)
    REPORT.write_text(report, encoding="utf-8")
    print(report)


def _is_labelled(text: RealText) -> bool:
    return bool(indicators_of(text.text))


def language_of(text: RealText) -> str:
    """The code that rules go by; one name for all languages that have none."""
    language = text.language
    return language if language in LANGUAGES else _CODES.get(language[:3], _OTHER)


def counted_matches(analyzer: Analyzer, texts: Sequence[str]) -> Iterator[list[Match]]:
    """Per text the matches that nothing suppresses."""
    for start in range(0, len(texts), _AT_ONCE):
        views = [normalize(text[:100_000]).text for text in texts[start : start + _AT_ONCE]]
        for matches in analyzer.rules.match_batch((view, split(view, "message")) for view in views):
            yield [match for match in matches if match.suppressed is None]


def is_elevated(matches: Iterable[Match], decision: Decision) -> bool:
    """Whether rules alone, each as reliable as it was measured to be, would lift a text to tier elevated."""
    own = list(matches)
    evidence = (rule_evidence(own, family, load_taxonomy(), decision) for family in FAMILIES)
    return 1 - math.exp(-max(evidence)) > decision.tiers["elevated"]


def render(texts: Sequence[RealText], found: Sequence[Sequence[Match]], decision: Decision) -> str:
    """The table and the rules that match most often, as Markdown."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    rules: Counter[str] = Counter()
    for text, matches in zip(texts, found, strict=True):
        rules.update({match.rule_id for match in matches})
        for name in (language_of(text), "all"):
            rows[name]["texts"] += 1
            rows[name]["any"] += bool(matches)
            rows[name]["firm"] += any(match.strength != "weak" for match in matches)
            rows[name]["elevated"] += is_elevated(matches, decision)
    lines = [_INTRO]
    for name, row in sorted(rows.items(), key=lambda each: (each[0] != "all", -each[1]["texts"])):
        cells = [_per_ten_thousand(row[kind], row["texts"]) for kind in ("any", "firm", "elevated")]
        lines.append(f"| {name} | {row['texts']:,} | {' | '.join(cells)} |")
    lines += ["\nThe rules that match in most of these texts:\n", "| rule | texts |", "| --- | --- |"]
    lines += [f"| {rule} | {count} |" for rule, count in rules.most_common(_SHOWN)]
    return "\n".join(lines) + "\n"


def _per_ten_thousand(count: int, of: int) -> str:
    low, high = binomtest(count, of).proportion_ci(method="wilson")
    return f"{1e4 * count / of:.0f} ({1e4 * low:.0f}-{1e4 * high:.0f})"


if __name__ == "__main__":
    main()
