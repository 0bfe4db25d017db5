import pytest

from tip_nlp.rules.pattern import PatternSyntaxError, literal_phrases, parse, token_patterns

LEXICON = {"papers": ["passport", "id card"], "boss": ["boss"]}


def test_parse_expands_a_lexicon_and_phrases():
    [[element]] = parse("<papers>|cnic|travel_documents", LEXICON)

    assert element.alternatives == (("passport",), ("id", "card"), ("cnic",), ("travel", "documents"))


def test_parse_reads_both_orders_around_an_ampersand():
    orders = parse("<papers> &4 kept", LEXICON)

    assert [[e.gap or e.alternatives[0][0] for e in order] for order in orders] == [
        ["passport", 4, "kept"],
        ["kept", 4, "passport"],
    ]


def test_literal_phrases_writes_out_options_and_gives_up_on_gaps():
    [sequence] = parse("my? passport|visa", {})

    assert set(literal_phrases(sequence, 10)) == {("my", "passport"), ("passport",), ("my", "visa"), ("visa",)}
    assert literal_phrases(parse("kept ..2 passport", {})[0], 10) is None


# fmt: off
@pytest.mark.parametrize(("pattern", "says"), [
    ("<papier> kept", "papers"),            # names the lexicon there is
    ("confiscat*", "no word that must occur"),
    ("..3 kept", "begins or ends with a gap"),
    ("kept ..99 passport", r"\.\.1 to \.\.12"),
    ("& kept", "both sides"),
    ("", "empty"),
    ("kept|", "empty choice"),
])
# fmt: on
def test_parse_says_what_is_wrong(pattern, says):
    with pytest.raises(PatternSyntaxError, match=says):
        parse(pattern, LEXICON)


def test_token_patterns_refuses_an_explosion():
    many = {"many": [f"word{n} more" for n in range(60)]}

    with pytest.raises(PatternSyntaxError, match="split it"):
        token_patterns(parse("<many> ..2 <many>", many)[0])
