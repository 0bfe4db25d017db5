"""What a reader can work out is tried without the code that suppresses: one table by its sums, and all by an attack."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.statistics.attack import Reader
from tip_nlp.statistics import Table, Tables, statistics
from tip_nlp.statistics.suppression import System, suppress


def system(rows, *, column_totals=False):
    """A table of its own, with the totals of its rows."""
    names = [("t", f"r{i}", f"c{j}") for i in range(len(rows)) for j in range(len(rows[0]))]
    counts = dict(zip(names, (count for row in rows for count in row), strict=True))
    sums = [([each for each in names if each[1] == f"r{i}"], ("total", f"r{i}")) for i in range(len(rows))]
    if column_totals:
        sums += [([each for each in names if each[2] == f"c{j}"], ("total", f"c{j}")) for j in range(len(rows[0]))]
    return System(counts, {whole: sum(counts[each] for each in parts) for parts, whole in sums}, sums)


def possible(table, marks, least):
    """For each suppressed cell the least and the most it has in a table that agrees with the totals and the marks."""
    cells = list(table.counts)
    limits = {"small": (1, least - 1), "withheld": (least, np.inf), "left out": (0, np.inf)}
    low, high = zip(
        *(limits[marks[each]] if each in marks else (table.counts[each],) * 2 for each in cells), strict=True
    )
    sums = [[each in parts for each in cells] for parts, _ in table.sums]
    totals = [table.totals[whole] for _, whole in table.sums]
    seen = {}
    for cell in marks:
        aim = np.array([each == cell for each in cells], dtype=float)
        ends = [
            milp(
                sign * aim,
                integrality=1 + 0 * aim,
                bounds=Bounds(low, high),
                constraints=LinearConstraint(sums, totals, totals),
            ).fun
            for sign in (1, -1)
        ]
        seen[cell] = round(ends[0]), round(-ends[1])
    return seen


def tables(rows, columns, highest):
    return st.integers(2, columns).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, highest), min_size=width, max_size=width), min_size=1, max_size=rows
        )
    )


@settings(max_examples=100, deadline=None)
@given(tables(4, 4, 15), st.booleans(), st.sampled_from([3, 4, 10]))
def test_every_small_count_could_be_any_small_number(rows, column_totals, least):
    table = system(rows, column_totals=column_totals)

    marks = suppress(table, least)

    seen = possible(table, marks, least)
    assert all(cell in marks for cell, count in table.counts.items() if 0 < count < least)
    assert all(seen[cell] == (1, least - 1) for cell, mark in marks.items() if mark == "small")
    if min(table.totals.values()) >= least:  # no smaller class has a row or column
        small = [seen[cell] for cell in marks if 0 < table.counts[cell] < least]
        assert all(high - low >= least - 2 for low, high in small)


@pytest.mark.parametrize(
    ("row", "small"),
    [
        ([3, 50, 60], 0),  # alone it is the total less the rest
        ([1, 1, 50], 0),  # two of them sum up to 2, so both are 1
        ([9, 9, 50], 0),  # and these to 18, so both are 9
        ([3, 10, 10, 400], 0),  # the reader knows that the smallest was withheld, so it is 10
        ([1, 10, 300], 0),  # 11 is 1 and 10 only
        ([3, 12, 500, 40], 0),  # 15 leaves 1 to 5
    ],
)
def test_known_leaks_are_closed(row, small):
    marks = suppress(system([row]), 10)

    hidden = {int(column[1:]): mark for (_, _, column), mark in marks.items()}
    rest = sum(row[place] for place in hidden)
    lowest = sum({"small": 1, "withheld": 10, "left out": 0}[mark] for place, mark in hidden.items() if place != small)
    shown = [count for place, count in enumerate(row) if place not in hidden]
    most = min(shown, default=10**6)  # the smallest is withheld first
    highest = sum(
        {"small": 9, "withheld": most, "left out": 10**6}[mark] for place, mark in hidden.items() if place != small
    )
    assert rest - lowest >= 9
    assert rest - highest <= 1


def test_nothing_is_withheld_where_nothing_is_small():
    assert suppress(system([[10, 0, 30], [0, 50, 99]], column_totals=True), 10) == {}


def test_the_smallest_is_withheld_and_zeros_stay():
    assert suppress(system([[4, 0, 90, 40]]), 10) == {("t", "r0", "c0"): "small", ("t", "r0", "c3"): "withheld"}


def test_a_row_that_cannot_be_protected_is_left_out_and_the_others_stay():
    marks = suppress(system([[2, 10, 0], [30, 40, 50]]), 10)

    assert marks == {("t", "r0", f"c{n}"): "left out" for n in range(3)}


def texts(row, seed):
    """Few enough that most numbers are small; in every other set one language is found in one tier alone."""
    rng = random.Random(seed)
    languages, tiers, months = (
        [rng.random() ** 2 for _ in names] for names in (("en", "ur", "ps"), ("none", "watch", "high"), (1, 2))
    )
    for number in range(rng.choice([30, 60, 120])):
        (language,) = rng.choices(["en", "ur", "ps"], languages)
        (tier,) = rng.choices(["none", "watch", "high"], tiers)
        (month,) = rng.choices([1, 2], months)
        tier = "high" if language == "ps" and seed % 2 else tier
        indicators = [each for each in ("deception", "isolation") if rng.random() < (0.1 if tier == "none" else 0.6)]
        places = [(each, each) for each in rng.sample(["PK", "TR"], rng.randint(0, 2))]
        yield row(number, tier=tier, language=language, indicators=indicators, places=places, date=f"2026-0{month}-05")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("least", [4, 10])
def test_no_small_number_can_be_worked_out_from_all_tables_together(seed, least, write, row):
    reader = Reader(statistics(write(texts(row, seed)), least=least))

    narrow = {cell: found for cell in reader.small() if (found := reader.range(*cell)) != (1, least - 1)}

    assert narrow == {}


def test_the_attack_works_out_what_one_table_alone_does_not_tell():
    """Pashto is found in tier high alone, so deception in Pashto is what high has more than Urdu."""
    shown = [
        ("tier", {("high", "texts"): 40, ("none", "texts"): 30, ("total", "texts"): 70}),
        ("language", {("ur", "texts"): 50, ("ps", "texts"): 20, ("total", "texts"): 70}),
        ("month", {("2026-01", "texts"): 70, ("total", "texts"): 70}),
        ("indicator", {("deception", "texts"): 15}),
        ("language by tier", {("ur", "high"): 20, ("ur", "none"): 30, ("ps", "high"): 20, ("ps", "none"): 0}),
        ("indicator by tier", {("deception", "high"): 15, ("deception", "none"): 0}),
        ("indicator by language", {("deception", "ur"): 12, ("deception", "ps"): "<10"}),
    ]
    tables = Tables(10, 70, 0, 0, (), tuple(Table(name, cells) for name, cells in shown))

    assert Reader(tables).range("indicator by language", "deception", "ps") == (3, 3)
    del shown[3:]
    tables = Tables(10, 70, 0, 0, (), (*tables.tables[:3], Table("indicator", {("deception", "texts"): "<10"})))
    assert Reader(tables).range("indicator", "deception", "texts") == (1, 9)
