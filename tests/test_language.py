"""Language identification on sentences written for this file: per language, code-mixed, undetermined, documents."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tip_nlp.errors import ModelError
from tip_nlp.language import CODES, Detection, LanguageIdentifier, compose

IDENTIFIER = LanguageIdentifier.load()

# fmt: off
SENTENCES = [
    ("en", "We are hiring housemaids for Dubai, free visa and ticket."),
    ("en", "They took my passport and I am not allowed to leave the house"),
    ("en", "please help me"),
    ("en", "salary will be paid after three months, don't tell anyone"),
    ("en", "WHERE ARE YOU NOW?"),
    ("ur", "میرا پاسپورٹ مالک نے اپنے پاس رکھ لیا ہے اور تنخواہ نہیں دیتا۔"),
    ("ur", "مجھے گھر جانے نہیں دیتے"),
    ("ur", "آپ کہاں ہیں؟"),
    ("ur", "پیسے دے کر بھی کام نہیں ہوا، ایجنٹ فون نہیں اٹھا رہا"),
    ("ur", "دبئی میں ڈرائیور کی نوکری، ویزا مفت، رابطہ کریں"),
    ("ur-Latn", "mujhe ghar janay nahi dete aur mera passport b rakh liya hai"),
    ("ur-Latn", "bhai kaam chahiye dubai mein, visa ka kitna kharcha hoga"),
    ("ur-Latn", "agent ne paise le liye or ab phone nai utha raha"),
    ("ur-Latn", "aap kahan ho?"),
    ("ur-Latn", "ye log bohat marte hain khuda ke wastay madad karein"),
    ("pnb", "مینوں گھر جان نئیں دیندے تے میرا پاسپورٹ وی کھو لیا اے"),
    ("pnb", "تسیں کتھے او؟"),
    ("pnb", "ایجنٹ نے سانوں آکھیا سی کہ اوتھے کم لبھ جاوے گا"),
    ("pnb", "اسیں بھٹے تے کم کردے آں تے پیشگی دا قرضہ نئیں لہندا"),
    ("sd", "مون کي گهر وڃڻ نٿا ڏين ۽ پاسپورٽ به کسي ورتو اٿن"),
    ("sd", "توهان ڪٿي آهيو؟"),
    ("sd", "مالڪ پگهار نٿو ڏئي ۽ ڏينهن رات ڪم ڪرائي ٿو"),
    ("sd", "منهنجي مدد ڪريو"),
    ("ps", "زما پاسپورټ يې اخيستی او کور ته مې نه پرېږدي"),
    ("ps", "تاسو چېرته یاست؟"),
    ("ps", "ایجنټ راته وویل چې په ترکیه کې به کار پیدا شي"),
    ("ps", "زه مرستې ته اړتیا لرم"),
    ("ar", "صاحب العمل أخذ جواز سفري ولا يدفع لي الراتب"),
    ("ar", "أين أنت الآن؟"),
    ("ar", "مطلوب عاملات منازل في الرياض والسكن مجاني"),
    ("ar", "عايز اشتغل في دبي بس مش معايا فلوس"),
    ("fa", "کارفرما پاسپورت من را گرفته و حقوقم را نمی‌دهد"),
    ("fa", "شما کجا هستید؟"),
    ("fa", "قاچاقبر گفت که ما را از راه ایران به ترکیه می‌برد"),
    ("fa", "لطفاً کمکم کنید"),
    ("hi", "मालिक ने मेरा पासपोर्ट रख लिया है और वेतन नहीं देता"),
    ("hi", "आप कहाँ हैं?"),
    ("hi", "मुझे घर जाने नहीं देते, कृपया सहायता करें"),
    ("hi-Latn", "kripya meri sahayata kijiye, main vipatti mein hoon aur vetan nahi mila"),
    ("hi-Latn", "hamare vidyalaya mein shiksha aur swasthya ki suvidha upalabdh hai"),
    ("bn", "মালিক আমার পাসপোর্ট নিয়ে গেছে, বেতন দেয় না"),
    ("bn", "আপনি কোথায়?"),
    ("tr", "İşveren pasaportumu aldı ve maaşımı ödemiyor"),
    ("tr", "Şimdi neredesin?"),
    ("tr", "İstanbul'da tekstil atölyesinde çalışacak bayan aranıyor"),
]
CODE_MIXED = [
    ("ur", "یہ job بہت urgent ہے، please جلدی apply کریں"),
    ("ur", "میری salary تین months سے pending ہے"),
    ("ur-Latn", "sir visa process ho gaya hai, ticket kab confirm hogi?"),
    ("ur-Latn", "job urgent hai salary 50000 accommodation free, whatsapp karo"),
    ("pnb", "مینوں visa دی fees دسو تے ticket کدوں ملے گا"),
    ("ps", "زما visa اوس هم pending ده، څه وکړم"),
    ("sd", "منهنجو visa اڃا تائين نه آيو آهي، please ٻڌايو"),
    ("en", "Assalam o alaikum, we need ten workers for a hotel in Muscat, apply today"),
]
TYPED_VARIANTS = [  # Arabic keyboards write ي ك ه for ی ک ہ; vowel signs, tatweel and drawn-out letters carry nothing
    ("ur", "مجھے گھر جانے نهيں ديتے اور ميرا پاسپورٹ ركھ ليا هے"),
    ("ur", "مُجھے گَھر جانے نَہیں دیتے"),
    ("ur", "ھم کو تنخواہ نھیں ملی، کب ملے گی"),
    ("fa", "كارفرما حقوق من را نمي دهد"),
    ("ps", "زما پاسپورت يي اخيستي او کور ته مي نه پريږدي"),
    ("ar", "صـاحب العـمل لا يدفـع الراتـب"),
    ("ur-Latn", "plzzzzzz mujhe bachaaaaao bhaiiii"),
]
UNDETERMINED = [
    "", "   ", "\n", "!!!", "12345", "0300-1234567", "۱۲۳۴۵", "😀😀🙏", "https://example.com/en/where-are-you",
    "@someone", "ok", "ہے",
    "Der Arbeitgeber hat mir den Pass weggenommen und zahlt keinen Lohn.",
    "L'employeur a pris mon passeport et ne me paie pas.",
    "Мой работодатель забрал паспорт", "你在哪里？我需要帮助", "ਮੈਨੂੰ ਘਰ ਜਾਣ ਨਹੀਂ ਦਿੰਦੇ", "Πού είσαι τώρα;",
    "خاوەنکارەکەم پاسپۆرتەکەمی بردووە و مووچەم ناداتێ",
]
# fmt: on


@pytest.mark.parametrize(("code", "text"), [*SENTENCES, *CODE_MIXED, *TYPED_VARIANTS])
def test_detect_names_the_language(code: str, text: str) -> None:
    assert IDENTIFIER.detect(text).code == code


@pytest.mark.parametrize("text", UNDETERMINED)
def test_detect_abstains(text: str) -> None:
    assert IDENTIFIER.detect(text).code == "und"


def test_detect_finds_no_evidence_without_letters() -> None:
    assert IDENTIFIER.detect("0300-1234567 😀") == Detection("und", 0.0)


def test_every_language_is_tested() -> None:
    assert {code for code, _ in SENTENCES} | {"und", "mixed"} == set(CODES)


def test_detect_batch_equals_detect() -> None:
    texts = [text for _, text in [*SENTENCES, *CODE_MIXED]] + UNDETERMINED
    assert IDENTIFIER.detect_batch(texts) == [IDENTIFIER.detect(text) for text in texts]
    assert IDENTIFIER.detect_batch(texts[::-1]) == IDENTIFIER.detect_batch(texts)[::-1]
    assert IDENTIFIER.detect_batch([]) == []


def test_detect_batch_across_chunks() -> None:
    long = "We pay the salary every month. " * 400
    found = IDENTIFIER.detect_batch([long, "آپ کہاں ہیں؟"] * 120)
    assert [detection.code for detection in found] == ["en", "ur"] * 120


def test_detect_ignores_urls_digits_emoji_and_case() -> None:
    plain = IDENTIFIER.detect("mujhe kaam chahiye lahore mein")
    noisy = IDENTIFIER.detect(
        "MUJHE kaam chahiye 😀 0300 lahore mein https://www.example.com/jobs-in-english-today @user_name"
    )
    assert noisy == plain


@pytest.mark.parametrize("text", ["main ghar ja raha hoon", "tum kahan ho", "kal milte hain"])
def test_hindustani_is_not_claimed_as_roman_hindi(text: str) -> None:
    """The same words in Roman Urdu and Roman Hindi: Roman Urdu, the likelier of the two here, and not for certain."""
    found = IDENTIFIER.detect(text)
    assert found.code == "ur-Latn"
    assert found.confidence < 0.98


def test_confidence_is_a_probability_and_grows_with_evidence() -> None:
    texts = [text for _, text in SENTENCES]
    assert all(0.0 <= found.confidence <= 1.0 for found in IDENTIFIER.detect_batch(texts))
    assert (
        IDENTIFIER.detect("فون نمبر").confidence
        < IDENTIFIER.detect("مجھے تین مہینے سے کام نہیں ملا اور گھر میں پیسے بھی نہیں ہیں").confidence
    )


def test_load_refuses_a_model_of_other_classes(tmp_path: Path) -> None:
    path = tmp_path / "language.npz"
    np.savez(path, meta=np.frombuffer(b'{"bucket_bits": 4, "classes": {}, "threshold": 0.5}', dtype=np.uint8))
    with pytest.raises(ModelError, match="training.language train"):
        LanguageIdentifier.load(path)


def _detections(*segments: tuple[str, float]) -> list[Detection]:
    return [Detection(code, confidence) for code, confidence in segments]


# fmt: off
DOCUMENTS = [
    ("one language", [("ur", 0.9), ("ur", 0.8)], [40, 40], "ur"),
    ("a second language with a quarter", [("ur", 0.9), ("pnb", 0.8)], [75, 25], "mixed"),
    ("a second language below it", [("ur", 0.9), ("pnb", 0.8)], [80, 20], "ur"),
    ("English sentences are a language", [("ur-Latn", 0.9), ("en", 0.9)], [60, 60], "mixed"),
    ("English scraps are loan words", [("ur-Latn", 0.9), ("en", 0.9), ("en", 0.7)], [40, 15, 20], "ur-Latn"),
    ("English alone, however short", [("en", 0.9), ("en", 0.9)], [10, 12], "en"),
    ("one language in two scripts", [("ur", 0.9), ("ur-Latn", 0.9)], [60, 40], "ur"),
    ("Roman Urdu taken for Roman Hindi", [("ur-Latn", 0.9), ("hi-Latn", 0.6)], [60, 40], "ur-Latn"),
    ("undetermined segments are left out", [("ps", 0.9), ("und", 0.2)], [30, 90], "ps"),
    ("nothing known", [("und", 0.4), ("und", 0.0)], [30, 3], "und"),
    ("no segments", [], [], "und"),
]
# fmt: on


@pytest.mark.parametrize(("name", "segments", "lengths", "code"), DOCUMENTS)
def test_compose(name: str, segments: Sequence[tuple[str, float]], lengths: Sequence[int], code: str) -> None:
    assert compose(_detections(*segments), lengths).code == code


def test_compose_orders_parts_and_weighs_confidence_by_letters() -> None:
    document = compose(_detections(("ur", 1.0), ("ur", 0.5), ("sd", 0.6)), [30, 30, 40])
    assert [part.code for part in document.parts] == ["ur", "sd"]
    assert sum(part.share for part in document.parts) == pytest.approx(1.0)
    assert document.code == "mixed"
    assert document.confidence == pytest.approx(0.6)


def test_compose_wants_a_length_for_each_detection() -> None:
    with pytest.raises(ValueError, match="shorter"):
        compose(_detections(("ur", 0.9)), [])


def test_import_needs_neither_torch_nor_sklearn() -> None:
    """The module's own imports: the package is stubbed, as the analyzer it exports brings spaCy with it."""
    code = (
        "import sys, types; package = types.ModuleType('tip_nlp'); package.__path__ = ['tip_nlp'];"
        "sys.modules['tip_nlp'] = package; import tip_nlp.language as language; language.LanguageIdentifier.load();"
        "print({'torch', 'sklearn', 'scipy', 'spacy'} & set(sys.modules))"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "set()"
