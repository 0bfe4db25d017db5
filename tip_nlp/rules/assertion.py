"""Assertion: does a rule's hit count, or is it denied, asked, supposed, taught, general, settled or lawful?

ConText's idea (Harkema and others, 2009): cue phrases with a direction and a reach, stopped by sentence ends and
by words such as "but". The cues are data, one file a language.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tip_nlp.errors import RuleError
from tip_nlp.rules.pattern import Attribute, to_phrase
from tip_nlp.rules.reading import Phrases, Reading, attribute_of
from tip_nlp.rules.ruler import RuleHit, Ruler
from tip_nlp.rules.schema import rule_files
from tip_nlp.tokens import BOUNDARY, COMMA, sentence_at
from tip_nlp.types import Experiencer, Reason

# When several cues reach a hit, the first of these is reported.
_PRIORITY: tuple[Reason, ...] = get_args(Reason)
_FAR = ("segment", "document")  # cues that reach beyond their sentence
_HEARD = ("breaks", "yes", "no", "wrong")
_WORDS = (*_HEARD, "yes_alone", "pseudo")  # the lists of words beside the cues
_EXPLAINED = ("resolved", "lawful")  # what an answer may add to its yes or no
_TOGETHER = 2  # places between the words of "no, no" and of "jee nahi"
_ADDRESS = 2  # words of an address between the no that opens a sentence and its comma
_BARE = 3  # words of an answer that is nothing but its no
_DENIED = 8  # words behind a no in which a further not belongs to it
_ANSWER_REACH = 4  # words of the caller's turn in which a yes or a no answers the operator
_OPENING = 12  # words at the head of a document among which a heading is looked for
_HEADING = 3  # words after a document cue within which its heading must end


class Cue(BaseModel):
    """One ``[[cue]]``: phrases that say why a hit near them does not count (or whose story it is)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason | Literal["other_person"]
    # A document cue opens the text as a heading ("Leaflet: ...") and reaches all of it.
    where: Literal["before", "after", "around", "sentence", "segment", "document"]
    reach: int = Field(default=6, ge=1, le=20)
    indicators: list[str] = []  # only these; empty: all
    asked: bool = False  # only in a sentence that ends with a question mark
    verbal: bool = True  # a "not", which makes a question negative; "without" makes none
    phrases: list[str] = Field(min_length=1)


class CueFile(BaseModel):
    """A whole ``assertion/<language>.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    reaches: list[str] = []  # further languages whose rules these cues judge: those that are mixed with it
    breaks: list[str] = []
    yes: list[str] = []
    yes_alone: list[str] = []  # "I am": a yes where the sentence ends with it, but not in "I am at the bus stop"
    no: list[str] = []
    pseudo: list[str] = []  # a not in these denies nothing: "not only", "no doubt", بعد ما
    wrong: list[str] = []  # "that is a lie": denies whatever was asked, also what was asked in the negative
    cue: list[Cue] = []


@dataclass(frozen=True, slots=True)
class CueSet:
    """The cue files and a digest of them."""

    files: tuple[CueFile, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Where in the tokens a segment lies: ``[start, answer)`` is the operator's question, ``[answer, end)`` counts."""

    start: int
    answer: int
    end: int


@cache
def load_cues() -> CueSet:
    """Load the packaged assertion cues."""
    return read_cues(rule_files("assertion"))


def read_cues(sources: Iterable[Traversable]) -> CueSet:
    """Read and validate cue files; raises RuleError with the faults of all."""
    read: list[CueFile] = []
    faults: list[str] = []
    digest = hashlib.sha256()
    for source in sources:
        raw = source.read_bytes()
        digest.update(raw)
        try:
            read.append(CueFile.model_validate(tomllib.loads(raw.decode("utf-8"))))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(f"{source.name}: not TOML: {error}")
        except ValidationError as error:
            faults += [f"{source.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    if faults:
        raise RuleError("assertion cues", faults)
    return CueSet(tuple(read), digest.hexdigest()[:12])


def is_heard(hit: RuleHit, scene: Scene) -> bool:
    """Whether a hit is to be judged at all: a rule for questions hears nothing but what the operator asks."""
    return hit.rule.entry.answer is None or hit.start < scene.answer


class Asserter:
    """Compiled cues; shares the ruler's vocabulary."""

    def __init__(self, cue_set: CueSet, ruler: Ruler) -> None:
        self._cues: list[tuple[Cue, frozenset[str]]] = []
        self._words: list[tuple[str, frozenset[str]]] = []  # kind (one of _WORDS) and the languages it speaks to
        self._ruler = ruler
        self._phrases: Mapping[Attribute, Phrases[tuple[str, int]]] = {name: Phrases() for name in get_args(Attribute)}
        for file in cue_set.files:
            attribute = attribute_of(file.language)
            languages = frozenset([file.language, *file.reaches])
            for cue in file.cue:
                self._add(attribute, ("cue", len(self._cues)), cue.phrases)
                self._cues.append((cue, languages))
            for name in _WORDS:
                self._add(attribute, ("word", len(self._words)), getattr(file, name))
                self._words.append((name, languages))

    def _add(self, attribute: Attribute, meaning: tuple[str, int], phrases: Sequence[str]) -> None:
        for phrase in phrases:
            if words := to_phrase(phrase):
                self._phrases[attribute].add(self._ruler.words.add(words, attribute), meaning)

    def judge(self, reading: Reading, scene: Scene, hits: Sequence[RuleHit]) -> list[tuple[Reason | None, Experiencer]]:
        """For each hit within ``scene``, why it does not count (None: it counts), and whose story it is."""
        found = self._find(reading, scene)
        own = {language: found.of(language) for language in {hit.rule.language for hit in hits}}
        keys = reading.tokens.keys
        ends = [i for i in range(scene.start, scene.end) if keys[i] == BOUNDARY]
        return [
            self._judge_one(
                reading, scene, hit, own[hit.rule.language], sentence_at(ends, hit.start, scene.start, scene.end)
            )
            for hit in hits
        ]

    def _find(self, reading: Reading, scene: Scene) -> _Found:
        found = _Found(self._headings(reading), [])
        pseudo: list[tuple[int, int]] = []
        for kind, number, start, end in self._places(reading, scene.start, scene.end):
            if kind == "word":
                name, languages = self._words[number]
                if name == "pseudo":
                    pseudo.append((start, end))
                elif name != "yes_alone":
                    found.words.append((name, languages, start))
                elif end == scene.end or reading.tokens.keys[end] in (COMMA, BOUNDARY):
                    found.words.append(("yes", languages, start))
            elif self._cues[number][0].where != "document":
                found.cues.append((*self._cues[number], start, end))
        return found.without(pseudo)

    def _headings(self, reading: Reading) -> list[tuple[Cue, frozenset[str], int, int]]:
        """Document cues that open the text and are set off from what follows."""
        keys = reading.tokens.keys
        return [
            (*self._cues[number], start, end)
            for kind, number, start, end in self._places(reading, 0, min(_OPENING, len(keys)))
            if kind == "cue" and start == 0 and self._cues[number][0].where == "document"
            if any(key in (COMMA, BOUNDARY) for key in keys[end : end + _HEADING])
        ]

    def _places(self, reading: Reading, left: int, right: int) -> Iterator[tuple[str, int, int, int]]:
        """Where cues and the other words stand: kind (cue, word), number, start and end, from token ``left`` on."""
        for attribute, phrases in self._phrases.items():
            for (kind, number), start, end in phrases.find(reading.numbers[attribute], left, right):
                yield kind, number, start, end

    def _judge_one(
        self,
        reading: Reading,
        scene: Scene,
        hit: RuleHit,
        found: _Heard,
        sentence: tuple[int, int],
    ) -> tuple[Reason | None, Experiencer]:
        reasons: set[str] = set()
        for cue, start, end in found.near(sentence):
            if cue.indicators and hit.rule.entry.indicator not in cue.indicators:
                continue
            if cue.asked and sentence[1] not in reading.tokens.questions:
                continue
            if hit.start <= start and end <= hit.end:
                # A negation the rule itself spells out ("not paid") is its substance, not its denial.
                spelled_out = self._ruler.spells_out(hit.rule, reading, start, end)
                reaches = cue.where != "after" and not spelled_out
            else:
                reaches = _reaches(reading.tokens.keys, cue, start, end, hit, sentence, found.breaks)
            if reaches:
                reasons.add(cue.reason)
        if hit.start < scene.answer:
            # Of the operator's words the caller decides, not the form of the question.
            reasons |= _explained(scene, hit, found)
            if hit.rule.entry.answer == "no":
                reasons = reasons - {"question", "negated"} | _refused(scene, found, is_negative="negated" in reasons)
            else:
                reasons = reasons - {"question"} | _affirmed(scene, hit, found)
        who: Experiencer = "other" if "other_person" in reasons else "self"
        return next((reason for reason in _PRIORITY if reason in reasons), None), who


@dataclass(frozen=True, slots=True)
class _Found:
    """What of the cue files occurs in a scene, with the languages it speaks to and its place."""

    cues: list[tuple[Cue, frozenset[str], int, int]]
    words: list[tuple[str, frozenset[str], int]]

    def without(self, pseudo: Sequence[tuple[int, int]]) -> _Found:
        """What is left where denials within these stretches deny nothing."""
        cues = [
            each
            for each in self.cues
            if each[0].reason != "negated" or not any(left <= each[2] and each[3] <= right for left, right in pseudo)
        ]
        return _Found(cues, self.words)

    def of(self, language: str) -> _Heard:
        """What speaks to the rules of a language."""
        cues = [(cue, start, end) for cue, languages, start, end in self.cues if language in languages]
        words: dict[str, list[int]] = {name: [] for name in _HEARD}
        for name, languages, start in self.words:
            if language in languages:
                words[name].append(start)
        return _Heard(cues, **words)


@dataclass(frozen=True, slots=True)
class _Heard:
    """Cues with their places, and where the other words begin."""

    cues: list[tuple[Cue, int, int]]
    breaks: list[int]
    yes: list[int]
    no: list[int]
    wrong: list[int]

    def near(self, sentence: tuple[int, int]) -> list[tuple[Cue, int, int]]:
        """Cues that may reach a hit of the sentence."""
        left, right = sentence
        return [each for each in self.cues if each[0].where in _FAR or left <= each[1] < right]


def _answer(scene: Scene, found: _Heard) -> Literal["yes", "no", "wrong"] | None:
    """What the caller's first words say to the operator's question."""
    limit = scene.answer + _ANSWER_REACH
    if any(scene.answer <= start < limit for start in found.wrong):
        return "wrong"
    yes = min((start for start in found.yes if scene.answer <= start < limit), default=None)
    no = min((start for start in found.no if scene.answer <= start < limit), default=None)
    if no is not None and (yes is None or no <= yes):
        return "no"
    return None if yes is None else "yes"


def _explained(scene: Scene, hit: RuleHit, found: _Heard) -> set[str]:
    """What the rest of the answer makes of the question: "Yes, but he gave it back"."""
    return {
        cue.reason
        for cue, start, _ in found.cues
        if cue.reason in _EXPLAINED
        and start > scene.answer  # its first word is the answer itself: "Correct."
        and (not cue.indicators or hit.rule.entry.indicator in cue.indicators)
    }


def _affirmed(scene: Scene, hit: RuleHit, found: _Heard) -> set[str]:
    """What the answer makes of a question that tells of harm."""
    answer = _answer(scene, found)
    if answer != "no":
        return {"yes": set(), "wrong": {"negated"}, None: {"question"}}[answer]
    # "So they have not paid you?" "No, not one dirham": a no agrees with what was asked in the negative. The not of
    # "kam to nahi mili?" is none: it only asks.
    asks = [(start, end) for cue, start, end in found.cues if cue.reason == "question"]
    denies = any(
        cue.reason == "negated"
        and cue.verbal
        and hit.start <= start < hit.end
        and not any(left <= start < right for left, right in asks)
        for cue, start, _ in found.cues
    )
    return set() if denies and not _contradicts(scene, found) else {"negated"}


def _refused(scene: Scene, found: _Heard, *, is_negative: bool) -> set[str]:
    """What the answer makes of a question after what a free person has: "can you go out?" "No"."""
    answer = _answer(scene, found)
    if answer is None:
        return {"question"}
    # "You cannot go out?" "Yes" tells the same as "No", and "That is a lie" that one can.
    if is_negative and (answer == "wrong" or (answer == "no" and _contradicts(scene, found))):
        return {"negated"}
    return {"negated"} if answer == "yes" and not is_negative else set()


def _contradicts(scene: Scene, found: _Heard) -> bool:
    """Whether a no to a question in the negative goes on without a further not: "No, they let me out" against "No, not
    one dirham", and against a bare no, which agrees."""
    nos = sorted(start for start in found.no if start >= scene.answer)
    last = nos[0]
    for start in nos:
        last = start if start - last <= _TOGETHER else last
    denials = [*nos, *(start for cue, start, _ in found.cues if cue.reason == "negated")]
    return scene.end - last > _BARE and not any(last < start <= last + _DENIED for start in denials)


def _reaches(
    keys: Sequence[str],
    cue: Cue,
    start: int,
    end: int,
    hit: RuleHit,
    sentence: tuple[int, int],
    breaks: Sequence[int],
) -> bool:
    if cue.where in _FAR:
        return True
    if not sentence[0] <= start < sentence[1]:
        return False
    if cue.where == "sentence":
        return True
    if end <= hit.start and hit.start - end < cue.reach and cue.where != "after":
        # "No, they kept it", "No sir, they kept it": a cue set off by a comma speaks of what came before.
        address = _ADDRESS if cue.reason == "negated" and start == sentence[0] else 0
        set_off = COMMA in keys[end : min(end + 1 + address, hit.start)]
        return not set_off and not any(end <= stop < hit.start for stop in breaks)
    after = start >= hit.end and start - hit.end < cue.reach and cue.where != "before"
    return after and not any(hit.end <= stop < start for stop in breaks)
