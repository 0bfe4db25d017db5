"""Label Studio: tasks with predictions to review, and the reviewed tasks read back.

Label Studio counts offsets in Unicode code points, as Python does, since its editor of October 2021 (pull request 1559
of HumanSignal/label-studio); before, in UTF-16 code units. An annotation holds its words as well, so the reader checks
every offset against them and accepts either count.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from tip_nlp.errors import InputError
from tip_nlp.exports.annotations import (
    INDICATORS,
    LABELS,
    Span,
    Utf16,
    described,
    occurrences,
    reviewed,
    spans,
    text_of,
)
from tip_nlp.exports.source import assessed, identify, strongest
from tip_nlp.results.result import Result
from tip_nlp.types import Tier

_FROM, _TO, _TYPE = "indicators", "text", "labels"  # names in the labelling interface


def write_labelstudio(results: Path, target: Path, least: Tier) -> None:
    """The folder ``target`` with tasks.json to import and config.xml, the labelling interface to paste in."""
    (target / "config.xml").write_text(interface(), encoding="utf-8")
    with (target / "tasks.json").open("w", encoding="utf-8") as stream:
        stream.write("[")
        for number, (result, found) in enumerate(assessed(results, least, duplicates=False)):
            stream.write(",\n" if number else "\n")
            json.dump(_task(result, found), stream, ensure_ascii=False)
        stream.write("\n]\n")


def interface() -> str:
    """The labelling interface: indicators in one colour, reasons why words do not count in another."""
    labels = "\n".join(
        f"    <Label value={quoteattr(name)} background={quoteattr('#b3261e' if name in INDICATORS else '#5f6368')}/>"
        for name in LABELS
    )
    return (
        f'<View>\n  <Labels name="{_FROM}" toName="{_TO}">\n{labels}\n  </Labels>\n'
        f'  <Text name="{_TO}" value="$text"/>\n</View>\n'
    )


def _task(result: Result, found: dict[str, Any]) -> dict[str, Any]:
    text = text_of(result)
    task = described(result, found)
    regions = [
        {
            "id": identify(task["document"], span.start, span.end, span.label).hex[:10],
            "from_name": _FROM,
            "to_name": _TO,
            "type": _TYPE,
            "score": span.score,
            "value": {
                "start": span.start,
                "end": span.end,
                "text": text[span.start : span.end],
                "labels": [span.label],
            },
        }
        for span in spans(found)
    ]
    prediction = {"model_version": found["versions"]["model"], "score": strongest(found), "result": regions}
    return {"data": {"text": text} | task, "predictions": [prediction]}


def read_labelstudio(path: Path) -> Iterator[dict[str, Any]]:
    """Records of the training corpus from an export in the format JSON, one for each task that has an annotation.

    Of several annotations of a task the last counts; skipped ones count for nothing. InputError: another format, or an
    annotation that does not fit its text.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(tasks, list) or not all(isinstance(task.get("annotations"), list) for task in tasks):
            raise ValueError
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: not an export of Label Studio in its format JSON; choose that one") from error
    for task in tasks:
        finished = [each for each in task["annotations"] if not each.get("was_cancelled")]
        if finished:
            last = max(finished, key=lambda each: str(each.get("updated_at") or each.get("created_at") or ""))
            text = task["data"]["text"]
            yield reviewed(text, task["data"], _spans(text, task["data"], last["result"]))


def _spans(text: str, task: dict[str, Any], regions: list[dict[str, Any]]) -> Iterator[Span]:
    units = Utf16(text)
    for region in regions:
        if region.get("type") == _TYPE:
            value = region["value"]
            start, end = _place(text, units, task, value)
            yield from (Span(start, end, label) for label in value["labels"])


def _place(text: str, units: Utf16, task: dict[str, Any], value: dict[str, Any]) -> tuple[int, int]:
    """Where a region lies, by its words."""
    start, end = int(value["start"]), int(value["end"])
    quote = value.get("text")
    if quote is None or text[start:end] == quote:
        return start, end
    quote = quote.replace("\\n", "\n")  # how some versions write the line breaks of a region
    by_unit = units.point(start), units.point(end)
    for first, last in ((start, end), by_unit):
        if first is not None and last is not None and text[first:last] == quote:
            return first, last
    nearest = min(occurrences(text, quote), key=lambda place: abs(place - start), default=None)
    if nearest is None:
        raise InputError(f"task {task.get('name')!r}: the words of an annotation at {start} are not in its text")
    return nearest, nearest + len(quote)
