from tip_nlp.campaigns.template import EXAMPLES, Part, find_template

FRAME = "Cleaners needed for a hotel in {place}, salary {money} with free room and food, message {phone} before Friday"


def ad(place, money, phone, frame=FRAME):
    values = {"place": place, "money": money, "phone": phone}
    text = frame.format(**values)
    spans = [(text.index(value), kind, value) for kind, value in values.items()]
    return text, [{"type": kind, "start": at, "end": at + len(v), "value": v} for at, kind, v in spans]


def test_fixed_words_and_slots_with_examples():
    template = find_template(
        [ad("Doha", "1800 QAR", "0300-1"), ad("Muscat", "90 OMR", "0300-2"), ad("Doha", "1800 QAR", "0300-3")]
    )

    assert str(template) == (
        "Cleaners needed for a hotel in «place» salary «money» with free room and food, message «phone» before Friday"
    )
    assert template.parts[1] == Part(None, "place", ("Doha", "Muscat"))
    assert (template.followed, template.sampled) == (3, 3)


def test_a_value_that_never_varies_is_fixed():
    template = find_template([ad("Doha", "1800 QAR", "0300-1"), ad("Muscat", "90 OMR", "0300-1")])

    assert "message 0300-1 before Friday" in str(template)


def test_words_that_vary_are_a_slot_of_no_kind():
    other = FRAME.replace("Cleaners", "Tailors")
    ads = [ad("Doha", "1800 QAR", "0300-1"), ad("Doha", "1800 QAR", "0300-1", other)]

    template = find_template([*ads, ad("Muscat", "90 OMR", "0300-1", FRAME.replace("Cleaners", "Cooks"))])

    assert template.parts[0] == Part(None, None, ("Cleaners", "Tailors", "Cooks"))


def test_a_slot_shows_no_more_than_a_few_examples():
    template = find_template([ad(f"Town{chr(97 + n)}", "1800 QAR", "0300-1") for n in range(EXAMPLES + 4)])

    assert len(template.parts[1].examples) == EXAMPLES


def test_an_addition_of_one_is_left_out():
    ads = [ad("Doha", f"{n}00 QAR", "0300-1") for n in range(1, 6)]
    longer = ad("Doha", "900 QAR", "0300-1", FRAME + " and bring two photos")

    assert "photos" not in str(find_template([*ads, longer]))


def test_texts_that_share_no_words_have_no_template():
    assert find_template([ad("Doha", "1800 QAR", "0300-1"), ("خواتین درکار ہیں، رابطہ کریں", [])]) is None
    assert find_template([]) is None


def test_right_to_left_text_keeps_its_words():
    ads = [(f"کراچی کے لیے {count} مزدور درکار ہیں، رہائش اور کھانا مفت", []) for count in ("20", "30")]

    assert str(find_template(ads)) == "کراچی کے لیے «number» مزدور درکار ہیں، رہائش اور کھانا مفت"
