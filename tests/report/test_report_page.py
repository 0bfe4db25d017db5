"""The whole page, from a result file to HTML."""

import json
import re
from html.parser import HTMLParser

import pytest

from tests.report.made import entity, evidence, line
from tip_nlp.errors import InputError
from tip_nlp.manifest import describe, write_manifest
from tip_nlp.report.writing import write_report

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)> "quoted" & \u202ereversed\u0000 {{ 7 * 7 }} passport'


class Reader(HTMLParser):
    """Checks that tags close in order, and keeps elements and text."""

    VOID = {"meta", "br", "input", "link", "img", "rect", "line", "path", "circle"}

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.text = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def found(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def report(write, tmp_path):
    def report(*lines, **options):
        target = tmp_path / "report.html"
        write_report(write(*lines), target, **options)
        return target.read_text("utf-8")

    return report


def rich():
    phone = entity("phone", "+923000000001")
    route = [
        entity("place", "Taftan", 1, country="PK", latitude="29.0", longitude="61.6"),
        entity("place", "TR", 9, country="TR"),
    ]
    ads = [
        line(
            f"ad{n}",
            f"Guaranteed game to Italy number {n} pay after you arrive call now today only",
            indicator="smuggling_service",
            entities=[phone, *route],
            campaign="c1",
            kind="ad",
            posted_at=f"2026-0{n}-11",
        )
        for n in range(1, 4)
    ]
    denied = "Nobody took my passport."
    suppressed = [{"id": "document_retention", "reason": "negated", "evidence": evidence(denied, denied)}]
    return [
        *ads,
        line("m1", "Malik ne pasport rakh lia", language="ur-Latn", entities=[phone]),
        line("u1", "مالک نے پاسپورٹ رکھ لیا", language="ur", tier="watch", score=0.6),
        line("n1", denied, tier="none", suppressed=suppressed),
    ]


@pytest.mark.parametrize("language", ["en", "ur"])
def test_page_holds_every_section_and_no_outside_asset(report, language):
    page = report(*rich(), language=language)

    read = Reader(page)
    ids = {attributes.get("id") for attributes in read.found("section")}
    assert ids == {
        "summary",
        "ranking",
        "campaigns",
        "contacts",
        "timeline",
        "places",
        "heat",
        "texts",
        "suppressed",
        "law",
        "method",
        "versions",
    }
    assert read.open == []
    assert not [a for _, a in read.elements if "src" in a or "srcset" in a]
    assert all(a["href"].startswith("#") for _, a in read.elements if "href" in a)
    assert not read.found("link")
    assert "@import" not in page
    assert "url(" not in page


def test_every_link_leads_somewhere(report):
    read = Reader(report(*rich()))

    ids = {attributes["id"] for _, attributes in read.elements if "id" in attributes}
    assert {a["href"][1:] for _, a in read.elements if "href" in a} <= ids


def test_urdu_page_runs_from_right_to_left_and_keeps_texts_in_their_own_script(report):
    read = Reader(report(*rich(), language="ur"))

    assert read.found("html") == [{"lang": "ur", "dir": "rtl"}]
    quoted = [a for a in read.found("div") if a.get("class") == "quoted"]
    assert {"ur", "ur-Latn", "en"} <= {a["lang"] for a in quoted}
    assert all(a["dir"] == "auto" for a in quoted)
    assert "کا اسکور 0.95 درجہ «بلند» کی حد 0.92 سے اوپر ہے" in "".join(read.text)


def test_hostile_text_is_shown_and_never_obeyed(report):
    row = line(
        HOSTILE,
        HOSTILE,
        quote="<script>alert",
        entities=[entity("handle", "<b>@x</b>"), entity("handle", "<b>@x</b>")],
        campaign="<i>c</i>",
        posted_at="<u>2026</u>",
    )
    row["assessment"]["suppressed"] = [{"id": "<s>", "reason": "<s>", "evidence": evidence(HOSTILE, "<img src")}]
    row["assessment"]["warnings"] = ["<em>warned</em>"]

    page = report(row, line("copy", HOSTILE, entities=[entity("handle", "<b>@x</b>")]), title="<h1>mine</h1>")

    read = Reader(page)
    assert len(read.found("script")) == 1
    assert not [name for name, _ in read.elements if name in ("img", "u", "s", "em", "i")]
    assert not [a for _, a in read.elements if any(name.startswith("on") for name in a)]
    assert "{{ 7 * 7 }}" in "".join(read.text)
    assert "\x00" not in page
    assert "reversed\ufffd" in "".join(read.text)


def test_lone_surrogates_and_unknown_bytes_can_be_written(write, tmp_path):
    path = write(line("s", "passport \ud800 kept"))
    path.write_bytes(path.read_bytes().replace(b"kept", b"k\xfft"))

    write_report(path, tmp_path / "r.html")

    assert "passport \ufffd k\ufffdt" in "".join(Reader((tmp_path / "r.html").read_text("utf-8")).text)


def test_policy_of_the_page_allows_only_its_own_script(report):
    page = report(line())

    policy = next(a["content"] for a in Reader(page).found("meta") if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert ' style="' not in page


def test_evidence_is_marked_and_numbered(report):
    page = report(line("a", "They keep my passport here.", quote="keep my passport"))

    assert '<mark class="rule">keep my passport</mark><sup dir="ltr">1</sup> here.' in page


def test_ranking_is_by_tier_urgency_and_score_and_says_what_it_leaves_out(report):
    rows = [
        line("w", tier="watch"),
        line("h1", score=0.93),
        line("h2", score=0.97),
        line("now", score=0.92, urgent=True),
        line("n", tier="none"),
    ]

    page = report(*rows, limit=3)

    ids = re.findall(r'<article class="text" id="text-\d+".*?<bdi>(.*?)</bdi>', page, re.DOTALL)
    assert ids == ["now", "h2", "h1"]
    assert "the first 3 of 4 texts" in page


def test_no_score_reads_as_certain(report):
    page = report(line("a", score=0.9991), line("b", score=0.944))

    ranking = page[page.index('id="ranking"') : page.index('id="campaigns"')]
    assert re.findall(r'<td class="n"><bdi dir="ltr">(.*?)</bdi>', ranking) == ["&gt;0.99", "0.02", "0.94", "0.02"]
    assert ">1.00<" not in page


def test_a_list_that_is_cut_says_so(report):
    places = [entity("place", f"Town {n}", country="PK", latitude="30.0", longitude="70.0") for n in range(26)]

    assert "Listed: the 25 named most often of 26." in report(line("a", entities=places))
    assert "Listed:" not in report(line("a", entities=places[:25]))


def test_a_page_without_a_drawing_does_not_speak_of_one(report):
    phone = [entity("phone", "+923000000001")]
    copies = report(line("a", entities=phone, campaign="c1"), line("b", entities=phone, campaign="c1"))

    assert "+923000000001" in copies
    assert "The drawing shows" not in copies
    assert "The drawing shows" in report(line("a", entities=phone), line("b", "They hold it.", entities=phone))


def test_repeats_of_a_text_are_shown_once_and_counted(report):
    page = report(line("a"), line("b", duplicate_of="a"), line("c", duplicate_of="a"))

    assert page.count('<article class="text"') == 1
    assert "3 rows hold this same text" in page


def located(source, number, first=None, **options):
    """A row of a file; ``first`` is the source and number of the row it repeats."""
    made = line("1", duplicate_of="1" if first else None, **options)
    source_of_first, number_of_first = first or (None, None)
    made["record"] |= {
        "source": source, "number": number,
        "duplicate_of_source": source_of_first, "duplicate_of_number": number_of_first,
    }  # fmt: skip
    return made


def test_rows_of_several_files_with_the_same_ids_are_told_apart(report):
    phone = [entity("phone", "+923000000001")]
    page = report(
        located("a.jsonl", 1, text="They keep my passport.", entities=phone),
        located("a.jsonl", 2, text="They keep my passport.", first=("a.jsonl", 1), entities=phone),
        located("b.jsonl", 1, text="They hold my passport.", score=0.99, entities=phone),
        located("b.jsonl", 2, text="They hold my passport.", first=("b.jsonl", 1), entities=phone),
        located("b.jsonl", 3, text="They hold my passport.", first=("b.jsonl", 1), entities=phone),
    )

    copies = re.findall(r'<bdi class="file">(.*?)</bdi> · (\d) rows hold', page)
    assert copies == [("b.jsonl · Row 1", "3"), ("a.jsonl · Row 1", "2")]
    named_in = page[page.index("+923000000001</bdi></td>") :].split("</tr>")[0]
    assert re.findall(r"#text-(\d)", named_in) == ["2", "1"]


def test_a_campaign_shows_its_own_texts_where_ids_repeat(report):
    page = report(
        located("a.jsonl", 1, text="They keep my passport.", campaign="c-1"),
        located("b.jsonl", 1, text="They hold my passport.", score=0.99),
        located("c.jsonl", 1, text="They kept my passport.", score=0.93, campaign="c-1"),
    )

    campaign = page[page.index('id="campaign-1"') :].split("</article>")[0]
    assert re.findall(r"#text-(\d)", campaign) == ["2", "3"]


def test_a_campaign_shows_its_history(report):
    rows = [line("a", campaign="c-1", date="2026-11-22"), line("b", "They hold my passport.", campaign="c-1")]
    new = report(*rows)
    for row in rows:
        row["record"] |= {"campaign_rows": 12, "campaign_texts": 5, "campaign_first_seen": "2026-11-01",
                          "campaign_last_seen": "2026-11-23", "campaign_merged_from": ["c-<i>", "c-3"]}  # fmt: skip

    old = report(*rows)

    words = " ".join(" ".join(Reader(old).text).split())
    assert "2 rows in this scan, 2 different texts · 12 rows in all scans, 5 different texts" in words
    assert "First seen – Last seen 2026-11-01 – 2026-11-23" in words
    assert "Merged from c-<i> · c-3" in words
    assert "in all scans" not in new
    assert "Merged from" not in new


def test_words_of_the_page_accuse_no_one(report):
    for language in ("en", "ur"):
        assert "trafficker" not in report(*rich(), language=language).lower()


def test_law_carries_how_and_when_it_was_checked(report):
    page = report(line())

    assert "PTPA-2018 s.4" in page
    assert "Last reviewed <bdi>2026-" in page
    assert "primary text" in page


def test_page_without_a_flag_is_no_all_clear(report):
    page = report(line("n", tier="none"))

    assert "That is no all-clear" in page
    assert "there is no timeline" in page


def test_nothing_at_all_makes_a_page(report):
    assert Reader(report()).open == []


@pytest.fixture
def scanned(write, tmp_path):
    path = write(line())
    facts = {
        "inputs": [{"path": "ads.csv", "bytes": 5, "sha256": "ab" * 32}],
        "outputs": [describe(str(path))],
        "versions": {"model_sums": "ff"},
        "options": {"columns": {"text": [], "id": None}},
        "counts": {"rows": 1, "failed": 0, "texts": 1, "done": 1},
        "started": "2026-11-22T10:00:00+00:00",
        "finished": "2026-11-22T10:05:00+00:00",
    }
    write_manifest(tmp_path / "result.jsonl.manifest.json", facts)
    return path


def test_cover_tells_what_was_scanned_and_that_it_is_unchanged(scanned, tmp_path):
    write_report(scanned, tmp_path / "r.html")

    page = (tmp_path / "r.html").read_text("utf-8")
    assert "ads.csv" in page
    assert "2026-11-22 10:05:00 UTC" in page
    assert "its SHA-256 agrees" in page


def test_changed_result_is_called_changed(scanned, tmp_path):
    scanned.write_text(scanned.read_text("utf-8") + json.dumps(line("added")) + "\n", "utf-8")

    write_report(scanned, tmp_path / "r.html")

    assert "WARNING: the result file is not the one" in (tmp_path / "r.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("r.pdf", {}, "written as .html"),
        ("no/such/r.html", {}, "no such folder"),
        ("r.html", {"language": "fr"}, "en or ur"),
        ("r.html", {"limit": 0}, "at least 1"),
        ("r.html", {"manifest": "gone.json"}, "no such file"),
    ],
)
def test_unusable_options_are_refused_and_nothing_is_written(write, tmp_path, target, options, message):
    options = {name: tmp_path / value if name == "manifest" else value for name, value in options.items()}

    with pytest.raises(InputError, match=message):
        write_report(write(line()), tmp_path / target, **options)

    assert not (tmp_path / target).exists()
