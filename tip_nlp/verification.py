"""Whether a scan's result is what its manifest says, and comes out the same again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tip_nlp.analyzer import Analyzer
from tip_nlp.batch import versions
from tip_nlp.manifest import differences, read_manifest
from tip_nlp.results.reading import read_results
from tip_nlp.results.result import Result

_SEED = 20261121  # the same rows are drawn whoever verifies
# A text's score depends a little on the texts that stood in one batch with it (up to 0.003 seen), and what lies on a
# threshold may fall to either side of it.
_SAME = 0.01
_CLEAR = 0.6  # an indicator of this score is named whatever stood beside it


@dataclass(frozen=True, slots=True)
class Verification:
    """Files compared, rows assessed again, and every difference as a sentence."""

    files: int
    rescored: int
    differences: tuple[str, ...]


def verify_scan(analyzer: Analyzer, manifest: Path, rescore: int) -> Verification:
    """Compare files and versions with the manifest, and assess ``rescore`` rows of its JSONL output again.

    InputError: the manifest itself is none, or was changed.
    """
    facts = read_manifest(manifest)
    found = list(differences(facts, manifest.parent, versions(analyzer)))
    files = len(facts["inputs"]) + len(facts["outputs"])
    drawn = _draw(facts, manifest.parent, rescore) if not found else []
    found += [sentence for result in drawn if (sentence := _compare(analyzer, result))]
    return Verification(files, len(drawn), tuple(found))


def _draw(facts: dict[str, Any], folder: Path, count: int) -> list[Result]:
    places = [Path(output["path"]) for output in facts["outputs"] if output["path"].endswith(".jsonl")]
    if not places or not count:
        return []
    path = places[0] if places[0].is_file() else folder / places[0].name
    chosen: list[Result] = []
    rng = random.Random(_SEED)
    for seen, result in enumerate(_assessed(path)):  # reservoir sampling: the file may be long
        if len(chosen) < count:
            chosen.append(result)
        elif (place := rng.randrange(seen + 1)) < count:
            chosen[place] = result
    return chosen


def _assessed(path: Path) -> Iterator[Result]:
    return (result for result in read_results(path) if result.assessment is not None)


def _compare(analyzer: Analyzer, result: Result) -> str | None:
    stated = result.assessment or {}
    again = analyzer.assess(result.record.text, kind=stated["kind"], id=result.record.id).to_dict()
    # Below every tier a score depends on whether passages were read, which the batch can tip.
    is_told = {stated["tier"], again["tier"]} != {"none"}
    moved = max(abs(again["scores"][family] - score) for family, score in stated["scores"].items()) if is_told else 0.0
    if moved <= _SAME and _clear(stated) <= _named(again) and _clear(again) <= _named(stated):
        return None
    return f"row {result.record.number} of {result.record.source} ({result.record.id}) is assessed differently now"


def _named(assessment: dict[str, Any]) -> set[str]:
    return {each["id"] for each in assessment["indicators"]}


def _clear(assessment: dict[str, Any]) -> set[str]:
    return {each["id"] for each in assessment["indicators"] if each["score"] >= _CLEAR}
