import csv
import io
import json
import re

import pytest
from typer.testing import CliRunner

from tip_nlp import cli
from tip_nlp._version import __version__
from tip_nlp.analyzer import Analyzer

RISKY = "My employer has kept my passport for five months, does not pay my salary and locks the door at night."


@pytest.fixture(autouse=True)
def shared_analyzer(analyzer, monkeypatch):
    monkeypatch.setattr(Analyzer, "load", classmethod(lambda cls, settings=None: analyzer))


def run(*arguments, stdin=None):
    return CliRunner().invoke(cli.app, [str(a) for a in arguments], input=stdin)


@pytest.fixture
def ads(tmp_path):
    path = tmp_path / "ads.csv"
    path.write_text(
        f'post_id,city,desc\n7,Lahore,"{RISKY}"\n8,"Multan, PK","Cook wanted, weekly day off, Rs 45,000."\n9,Karachi,\n',
        encoding="utf-8",
    )
    return path


def test_scan_keeps_rows_columns_and_order(ads, tmp_path):
    result = run("scan", ads, "-o", tmp_path / "out.csv")

    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8-sig")))
    assert result.exit_code == cli.FAILED_ROWS  # one row has no text
    assert [row["post_id"] for row in rows] == ["7", "8", "9"]
    assert rows[1]["city"] == "Multan, PK"
    assert rows[0]["tip_tier"] in ("elevated", "high")
    assert "document_retention" in rows[0]["tip_indicators"]
    assert rows[2]["tip_error"] == "expected a text in 'desc', got an empty text"


def test_scan_prints_a_ranked_table_without_output(ads):
    result = run("scan", ads)

    assert "document_retention" in result.output
    # Of the table only: the note on the failed row names a path, and a path may hold any digit.
    assert result.stdout.index("│ 7 ") < result.stdout.index("│ 8 ")


def test_scan_writes_jsonl_with_the_whole_assessment(ads, tmp_path, analyzer):
    run("scan", ads, "-o", tmp_path / "out.jsonl")

    first = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["assessment"] == json.loads(json.dumps(analyzer.assess(RISKY, id="7").to_dict()))
    assert first["city"] == "Lahore"


def test_scan_streams_jsonl_through_standard_input_and_output():
    lines = [json.dumps({"id": "a", "text": RISKY, "kind": "message"}), "{broken", '"text"', ""]

    result = run("scan", "-", "-o", "-", stdin="\n".join(lines))

    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [("assessment" in row, "error" in row) for row in rows] == [(True, False), (False, True), (False, True)]
    assert rows[0]["assessment"]["kind"] == "message"
    assert rows[1]["line"] == "{broken"
    assert result.exit_code == cli.FAILED_ROWS


def test_scan_reports_ragged_rows_and_loses_nothing(tmp_path):
    path = tmp_path / "ragged.csv"
    path.write_text("id,text\n1,one text\n2,two,three\n3,fine text\n", encoding="utf-8")

    run("scan", path, "-o", tmp_path / "out.csv")

    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8-sig")))
    assert "has 3 cells, the first row has 2" in rows[1]["tip_error"]
    assert json.loads(rows[1]["tip_extra"]) == {"column_3": "three"}
    assert rows[2]["tip_error"] == ""


def test_scan_reads_semicolons_and_bytes_that_are_not_utf8(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_bytes(b"id;text\n1;caf\xe9 job\n")

    result = run("scan", path, "-o", tmp_path / "out.csv")

    assert result.exit_code == 0
    written = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert "caf\\udce9 job" in written
    assert "replaced" in written


def test_scan_keeps_columns_that_share_a_name_or_come_late(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("id,text,text,tip_tier\n1,short\n2,one text,another,old\n", encoding="utf-8")

    run("scan", path, "-o", tmp_path / "out.csv")

    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8-sig")))
    assert (rows[1]["text"], rows[1]["text_2"], rows[1]["input_tip_tier"]) == ("one text", "another", "old")
    assert rows[1]["tip_tier"] in ("none", "watch", "elevated", "high")
    assert "has 2 cells" in rows[0]["tip_error"]


def test_scan_never_writes_over_its_input(ads):
    before = ads.read_bytes()

    result = run("scan", ads, "-o", ads)

    assert (result.exit_code, ads.read_bytes()) == (cli.UNUSABLE, before)


def test_scan_survives_rows_that_no_file_should_hold(tmp_path):
    path = tmp_path / "odd.jsonl"
    lines = ['{"id": 0, "text": "a\\ud800 job"}', '{"x": ' + "1" * 5000 + "}", '{"text": "fine", "error": "mine"}']
    path.write_text("\n".join(lines), encoding="utf-8")

    for target in ("out.jsonl", "out.csv"):
        assert run("scan", path, "-o", tmp_path / target).exit_code == cli.FAILED_ROWS

    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (rows[0]["text"], rows[0]["assessment"]["id"]) == ("a\ud800 job", "0")
    assert "not JSON" in rows[1]["error"]
    assert (rows[2]["input_error"], rows[2]["assessment"]["id"]) == ("mine", "odd.jsonl:3")


def test_settings_that_cannot_be_used_are_named(monkeypatch):
    monkeypatch.setenv("TIP_NLP_PORT", "abc")

    result = run("serve")

    assert result.exit_code == cli.UNUSABLE
    assert "port" in result.output


def test_scan_takes_a_text_file_as_one_document(tmp_path):
    path = tmp_path / "call.txt"
    path.write_text(f"Operator: What happened?\nCaller: {RISKY}", encoding="utf-8")

    result = run("scan", path, "-o", "-")

    assert json.loads(result.stdout)["assessment"]["kind"] == "transcript"


# fmt: off
@pytest.mark.parametrize(("arguments", "says"), [
    (("missing.csv",), "no such file"),
    (("{ads}", "--text-column", "wrong"), "no column 'wrong'; it has post_id, city, desc"),
    (("{ads}", "-o", "out.pdf"), "cannot write '.pdf'"),
    (("{odd}",), "unknown format '.pdf'"),
    (("{ads}", "-o", "/nowhere/out.csv"), "no such folder"),
])
# fmt: on
def test_scan_refuses_what_it_cannot_use(ads, tmp_path, arguments, says):
    odd = tmp_path / "odd.pdf"
    odd.touch()

    result = run("scan", *[a.format(ads=ads, odd=odd) for a in arguments])

    assert result.exit_code == cli.UNUSABLE
    assert says in " ".join(result.output.split())


def test_score_prints_json_for_programs(analyzer):
    result = run("score", RISKY, "--kind", "message", "--json")

    assert json.loads(result.stdout) == json.loads(json.dumps(analyzer.assess(RISKY, kind="message").to_dict()))


def test_score_highlights_for_people_and_reads_standard_input():
    result = run("score", "-", stdin=RISKY)

    assert result.exit_code == 0
    assert "document_retention" in result.output
    assert "a person decides" in result.output


def test_score_refuses_an_empty_text():
    assert run("score", " ").exit_code == cli.UNUSABLE


def test_indicators_prints_the_taxonomy(analyzer):
    rows = json.loads(run("indicators", "--json").stdout)

    assert [row["id"] for row in rows] == list(analyzer.taxonomy.ids)


def test_rules_check_passes_on_the_shipped_rules():
    result = run("rules", "check")

    assert result.exit_code == 0, result.output
    assert "0 failed" in result.output


def test_version_is_printed():
    assert run("--version").stdout.strip() == __version__


def test_score_shows_no_control_characters_and_keeps_its_marks():
    result = run("score", "-", stdin="first line\r\n\x1b[31m" + RISKY)

    assert "\x1b[31m" not in result.output
    assert "kept my passport" in result.output


def test_csv_cells_cannot_become_formulas(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps({"id": "=cmd()", "text": "=cmd() " + RISKY}), encoding="utf-8")

    run("scan", path, "-o", tmp_path / "out.csv")

    row = next(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8-sig"))))
    assert not any(value[:1] in "=+-@" for value in row.values() if value)

    run("scan", path, "-o", tmp_path / "raw.csv", "--raw-cells")

    row = next(csv.DictReader(io.StringIO((tmp_path / "raw.csv").read_text(encoding="utf-8-sig"))))
    assert (row["id"], row["tip_id"]) == ("=cmd()", "'=cmd()")


def test_licences_import_checks_the_list_and_puts_it_where_scans_look(tmp_path, monkeypatch):
    target = tmp_path / "kept" / "licences.csv"
    monkeypatch.setenv("TIP_NLP_LICENCES", str(target))
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("number,holder,status,valid_until\n0123/LHR,Example,cancelled,\n", encoding="utf-8")
    bad.write_text("number,holder,status,valid_until\n0123/LHR,Example,closed,\n", encoding="utf-8")

    refused = run("licences", "import", bad)
    assert (refused.exit_code, target.exists()) == (cli.UNUSABLE, False)
    assert "'closed'" in refused.output

    assert run("licences", "import", good).exit_code == 0
    assert target.read_text(encoding="utf-8") == good.read_text(encoding="utf-8")


def test_rules_coverage_shows_every_language_without_a_gap():
    result = run("rules", "coverage")

    assert result.exit_code == 0
    assert "pnb" in result.output


@pytest.fixture
def scanned(ads, tmp_path):
    run("scan", ads, "-o", tmp_path / "out.jsonl")
    return tmp_path / "out.jsonl"


def test_guide_says_what_to_ask_and_where_to_refer():
    call = "Operator: Who has your passport?\nCaller: My employer, and he has not paid me for five months."
    shown = run("guide", "-", "--language", "ur-Latn", stdin=call).output
    given = json.loads(run("guide", call, "--json", "--most", 1).output)

    assert "Document retention" not in shown
    assert "[safety]" in shown
    assert "111-247-786" in shown
    assert "consent" in shown
    assert given["assessment"]["kind"] == "transcript"
    assert len(given["guidance"]["questions"]) == 3
    assert run("guide", " ").exit_code == cli.UNUSABLE


def test_report_export_stats_and_verify_take_a_scans_result(scanned, tmp_path):
    for arguments, written in (
        (("report", scanned, "-o", tmp_path / "r.html", "--language", "ur"), "r.html"),
        (("export", scanned, tmp_path / "g.graphml", "--format", "graphml"), "g.graphml"),
        (("stats", scanned, "-o", tmp_path / "s.csv"), "s.csv"),
        (("review", "sample", scanned, "-o", tmp_path / "sample.jsonl"), "sample.jsonl"),
        (("export", tmp_path / "sample.jsonl", tmp_path / "d.jsonl", "--format", "doccano"), "d.jsonl"),
        (("verify", tmp_path / "out.jsonl.manifest.json"), "out.jsonl"),
    ):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        assert (tmp_path / written).stat().st_size > 500


def test_verify_says_what_was_changed(scanned, tmp_path):
    scanned.write_text(scanned.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    result = run("verify", tmp_path / "out.jsonl.manifest.json")

    assert result.exit_code == cli.FAILED_ROWS
    assert "was changed" in " ".join(result.output.split())
    assert f"compared {scanned}" in result.output


def test_scan_shows_which_columns_it_would_read(ads):
    result = run("scan", ads, "--columns", "--id-column", "city")

    rows = [line.split("│") for line in result.output.splitlines() if "│" in line]
    assert {row[2].strip(): row[3].strip() for row in rows if row[2].strip()} == {"post_id": "", "city": "id", "desc": "text"}


def table_of(output):
    rows = [[cell.strip() for cell in line.split("│")[2:5]] for line in output.splitlines() if "│" in line]
    return {name: (role, example) for name, role, example in rows if name}


@pytest.fixture
def headless(tmp_path):
    path = tmp_path / "headless.csv"
    path.write_text(f"7;{RISKY};03/04/2026\n8;Cook wanted, weekly day off, Rs 45,000.;soon\n", encoding="utf-8")
    return path


def test_scan_shows_how_it_would_read_a_file_without_names(headless):
    options = ("--columns", "--no-header", "--delimiter", "semicolon", "--date-column", "column_3")

    assert "--no-header" in run("scan", headless, "--columns").output
    shown = table_of(run("scan", headless, *options).output)
    assert {name: role for name, (role, _) in shown.items()} == {"column_1": "", "column_2": "text", "column_3": "date"}
    assert shown["column_3"][1] == "03/04/2026 → 2026-04-03"


def test_a_scan_into_a_file_ends_with_what_it_found_and_where_it_lies(tmp_path):
    def closing(name, *rows):
        (tmp_path / name).write_text("text\n" + "".join(f'"{row}"\n' for row in rows), encoding="utf-8")
        out = tmp_path / f"{name}.jsonl"
        said = run("scan", tmp_path / name, "-o", out, "--workspace", tmp_path / "w.sqlite").stderr
        assert f"written to {out}; manifest: {out}.manifest.json" in said
        return said.splitlines()[0]

    tailor = "Tailors wanted in {}, day shift with weekly day off, call 0300-0000001"
    driver = "School van drivers needed near {}, five mornings a week, call 0300-0000002"

    alone = closing("a.csv", RISKY)
    assert re.fullmatch(r"1 row\(s\), 1 distinct text\(s\): 1 high, 0 elevated, 0 watch, 0 none", alone)
    assert closing("b.csv", tailor.format("Lahore"), tailor.format("Sialkot")).endswith(" 2 none; 1 campaign(s)")
    assert closing("c.csv", *[driver.format("Multan")] * 2, driver.format("Okara")).startswith("3 row(s), 2 distinct")
    bridge = closing("d.csv", "Tailors and van drivers wanted: 0300-0000001 or 0300-0000002")
    assert bridge.endswith("1 campaign(s), 1 of them several before (tip_campaign_merged_from)")


def test_a_scan_that_cannot_be_is_refused_before_a_model_is_loaded(ads, tmp_path, monkeypatch):
    monkeypatch.setattr(Analyzer, "load", lambda settings=None: pytest.fail("loaded"))
    (tmp_path / "left.csv.journal").write_bytes(b"")
    for given, why in (
        ((tmp_path / "none.csv", "-o", tmp_path / "out.csv"), "no such file"),
        ((ads, "-o", tmp_path / "out.doc"), "out.doc"),
        ((ads, "-o", ads), "would be destroyed"),
        ((ads, "-o", tmp_path / "left.csv"), "an interrupted scan was left here"),
        ((ads, "-o", tmp_path / "out.csv", "--text-column", "body"), "no column 'body'"),
        ((ads, "-o", tmp_path / "out.csv", "--workspace", tmp_path), "is a folder"),
    ):
        result = run("scan", *given)
        assert (result.exit_code, why in " ".join(result.stderr.split())) == (cli.UNUSABLE, True), result.stderr


def test_scan_says_where_a_first_row_was_taken_for_names(headless, tmp_path):
    for output in ((), ("-o", tmp_path / "out.jsonl")):
        result = run("scan", headless, "--delimiter", ";", *output)

        assert f"{headless}: its first row looks like data" in result.stderr
        assert "looks like data" not in run("scan", headless, "--no-header", *output).stderr


def test_a_date_that_is_none_is_shown_and_other_columns_are_named(headless, tmp_path):
    ads = tmp_path / "ads.csv"
    ads.write_text("text,date,seen\nCook wanted in Multan,4/3/2026,soon\n", encoding="utf-8")

    assert table_of(run("scan", ads, "--columns").output)["date"] == ("date", "4/3/2026 → 2026-03-04")
    assert table_of(run("scan", ads, "--columns", "--date-column", "seen").output)["seen"] == ("date", "soon → no day")
    missing = run("scan", ads, "--date-column", "when")
    assert (missing.exit_code, "no column 'when'; it has text, date, seen" in missing.output) == (cli.UNUSABLE, True)


def test_stats_and_report_go_by_the_date_column_of_the_scan(headless, tmp_path):
    out = tmp_path / "out.jsonl"
    headless.write_text("".join(f"{n};Cook number {n} wanted in Multan;0{n}/04/2026\n" for n in range(1, 5)), "utf-8")
    run("scan", headless, "-o", out, "--no-header", "--date-column", "column_3")

    run("stats", out, "-o", tmp_path / "s.csv", "--least", 3)
    run("report", out, "-o", tmp_path / "r.html")

    assert "2026-04" in (tmp_path / "s.csv").read_text("utf-8-sig")
    assert "column_3" in (tmp_path / "r.html").read_text("utf-8")


def test_a_scan_that_streams_tells_the_day_too(headless):
    result = run("scan", "-", "-o", "-", "--no-header", "--date-column", "column_3", stdin=headless.read_text("utf-8"))

    rows = [json.loads(line)["record"] for line in result.stdout.splitlines()]
    assert [(row["day"], row["date_column"]) for row in rows] == [("2026-04-03", "column_3"), (None, "column_3")]


def test_verify_of_a_piped_scan_ends_well_and_says_what_it_lacked(headless, tmp_path):
    manifest = tmp_path / "out.jsonl.manifest.json"
    run("scan", "-", "-o", tmp_path / "out.jsonl", "--no-header", stdin=headless.read_text("utf-8"))

    without, kept = run("verify", manifest), run("verify", manifest, "--input", headless)

    assert (without.exit_code, kept.exit_code) == (0, 0)
    assert "standard input and was not kept" in without.output
    assert "2 row(s) are those of the inputs" in kept.output
    assert "not kept" not in kept.output


# fmt: off
@pytest.mark.parametrize(("arguments", "says"), [
    (("scan", "{ads}", "--resume"), "need an --output file"),
    (("scan", "{ads}", "--format", "csv"), "--format is for standard input"),
    (("scan", "{ads}", "--delimiter", "::"), "a delimiter is one character"),
    (("scan", "{ads}", "-o", "-", "-o", "x.csv"), "cannot be mixed"),
    (("scan", "{ads}", "--engine", "ray"), "needs an --output file"),
    (("scan", "{ads}", "--address", "auto"), "is for --engine ray"),
    (("report", "{ads}", "-o", "r.html"), "not a line that `tip-nlp scan"),
    (("export", "{ads}", "x", "--format", "pdf"), "unknown format 'pdf'"),
    (("stats", "{ads}", "-o", "s.txt"), "cannot write '.txt'"),
    (("verify", "{ads}"), "not the manifest of a scan"),
])
# fmt: on
def test_what_cannot_be_done_is_said(ads, arguments, says):
    result = run(*[a.format(ads=ads) for a in arguments])

    assert result.exit_code == cli.UNUSABLE
    assert says in " ".join(result.output.split())
