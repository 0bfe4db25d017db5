import pytest
from hypothesis import given
from hypothesis import strategies as st

from tip_nlp.segments import is_transcript, model_text, passages, split, stretches

TRANSCRIPT = (
    "Operator: Where are you?\nCaller: In Sharjah. They took my phone.\nOperator: Did they lock you?\nCaller: no"
)


def test_split_pairs_a_callers_turn_with_its_question():
    segments = split(TRANSCRIPT, "transcript")

    pairs = [(TRANSCRIPT[s.start : s.question_end].strip(), TRANSCRIPT[s.answer : s.end]) for s in segments]
    assert pairs == [("Where are you?", "In Sharjah. They took my phone."), ("Did they lock you?", "no")]


def test_split_keeps_a_question_left_open():
    text = "Caller: help\nOperator: Hello? Are you safe?"

    last = split(text, "transcript")[-1]

    assert text[last.start : last.question_end] == "Hello? Are you safe?"
    assert last.answer == last.end


def test_split_reads_labels_of_other_languages():
    text = "آپریٹر: آپ کہاں ہیں؟\nکالر: شارجہ میں"

    assert [text[s.answer : s.end] for s in split(text, "transcript")] == ["شارجہ میں"]


def test_split_packs_short_sentences_and_cuts_a_long_run():
    text = "Good pay. " * 60 + "word " * 300

    lengths = [s.end - s.start for s in split(text, "ad")]

    assert max(lengths) <= 480
    assert min(lengths[:-1]) > 100


def test_split_of_blank_text_is_empty():
    assert split(" \n ", "ad") == ()


def test_a_transcript_needs_labelled_speakers():
    assert is_transcript(TRANSCRIPT)
    assert not is_transcript("Jobs: drivers\nPay: 3000\nContact: 0300")
    assert not is_transcript("Operator: hello\nOperator: anybody there?")


# fmt: off
@pytest.mark.parametrize(("text", "callers"), [
    ("Operator: Who is it?\nSunny: They keep my passport.", ["They keep my passport."]),       # any name beside an operator
    ("[00:10] Operator: Yes?\n[00:12] Caller: help", ["help"]),
    ("**Operator:** Yes?\n**Caller (female):** help", ["help"]),
    ("OPERATOR - Yes?\nCALLER - help", ["help"]),
    ("Operator: Yes? Caller: help me. Operator: Where? Caller: Dubai", ["help me.", "Dubai"]),  # line ends lost
    ("Operator: They keep my passport.\nOperator: They lock me in.", ["Operator: They keep my passport.\nOperator: They lock me in."]),
    ("Agent 2: Yes?\nسائل: مدد", ["مدد"]),
])
# fmt: on
def test_split_finds_who_speaks(text, callers):
    assert [text[s.answer : s.end] for s in split(text, "transcript")] == callers


def test_split_keeps_the_end_of_a_long_question():
    text = "Operator: " + "I understand. " * 60 + "Did he keep it?\nCaller: yes"

    [segment] = split(text, "transcript")

    assert text[segment.start : segment.question_end].rstrip().endswith("Did he keep it?")
    assert segment.question_end - segment.start <= 200


def test_model_text_maps_both_turns_back_to_the_document():
    segment = split(TRANSCRIPT, "transcript")[1]

    found = model_text(TRANSCRIPT, segment)

    assert found.text == "Operator: Did they lock you?\nCaller: no"
    start, end = found.to_document(found.text.index("lock"), found.text.index("lock") + 4)
    assert TRANSCRIPT[start:end] == "lock"
    start, end = found.to_document(len(found.text) - 2, len(found.text))
    assert (TRANSCRIPT[start:end], found.to_document(0, 3)) == ("no", (-1, -1))


@given(st.text(alphabet="ab .!?\n۔:Operator Caller", max_size=900), st.sampled_from(["ad", "transcript"]))
def test_split_is_ordered_and_loses_no_word(text, kind):
    segments = split(text, kind)

    assert all(s.start <= s.question_end <= s.answer <= s.end for s in segments)
    assert all(a.end <= b.start for a, b in zip(segments, segments[1:], strict=False))
    if kind == "ad":
        kept = "".join(text[s.start : s.end] for s in segments)
        assert "".join(kept.split()) == "".join(text.split())


def test_passages_hold_neighbouring_segments():
    text = "\n".join(f"Sentence number {n} of a long advertisement about work in a hotel kitchen." for n in range(40))
    segments = split(text, "ad")

    found = passages(text, segments)

    assert 1 < len(found) < len(segments)
    assert all(each in text and len(each) <= 1_200 for each in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_segment_that_no_other_fits_beside_is_a_passage_as_the_model_reads_it():
    turns = [("Operator: Where are you?\nCaller: " + "I cannot say where. " * 60) for _ in range(2)]
    text = "\n".join([*turns, "Operator: Who has your passport?\nCaller: " + "The owner keeps it. " * 15])
    segments = split(text, "transcript")

    found = passages(text, segments)

    assert [group[-1] for group in stretches(segments)][-1] == segments[-1]
    assert passages(text, segments[-1:]) == (model_text(text, segments[-1]).text,)
    assert len(found) == len(stretches(segments))
