from tip_nlp.types import Match
from training.dataset import RealText
from training.ordinary import is_elevated, language_of, render


def match(indicator, strength="strong"):
    return Match(
        rule_id=f"en.{indicator}.x",
        indicator=indicator,
        phase="destination",
        strength=strength,
        segment=0,
        start=0,
        end=4,
    )


def test_one_match_does_not_lift_a_text_and_several_do(analyzer):
    decision = analyzer.classifier.decision

    assert not is_elevated([match("document_retention")], decision)
    assert is_elevated([match("document_retention"), match("wage_withholding"), match("isolation")], decision)


def test_matches_are_told_per_ten_thousand_texts_of_a_language(analyzer):
    texts = [RealText("s", language, "x", held_out=False) for language in ("urd_Arab", "ur", "kas_Arab", "en")]
    found = [[match("document_retention")], [], [match("isolation", "weak")], []]

    table = render(texts, found, analyzer.classifier.decision)

    assert [language_of(text) for text in texts] == ["ur", "ur", "other languages", "en"]
    assert "| ur | 2 | 5000 (" in table
    assert "| other languages | 1 | 10000 (2065-10000) | 0 (0-7935) | 0 (0-7935) |" in table
    assert "| en.isolation.x | 1 |" in table
