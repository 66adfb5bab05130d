"""The report: real trials of small agents in, one page out that a person (and a browser) can trust."""

from __future__ import annotations

import json
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from clgym.agent import Agent, Answer, Cost
from clgym.errors import MissingExtra, RecordsError
from clgym.metrics import Censored, Undefined
from clgym.protocol import run_trial
from clgym.records import Trial, TrialRecords, read_runs
from clgym.report import render, write_report
from clgym.report.charts import Mark, Series, gain_and_cost, gain_and_retention, learning_curves
from clgym.report.text import interval, number, plain, quantity, ranges, signed, visible
from clgym.statistics import Interval

HOSTILE = '</dd><script>alert(1)</script><img src=x onerror=alert(2)>" onclick="x'
UNPRINTABLE = "\ud800 \0 \u202eabc\u202c 🙂"


STYLE = Path(__file__).parents[1] / "clgym" / "report" / "page.css"


class Attacker(Agent):
    """Says what must not reach the page as markup; never learns."""

    def act(self, conversations):
        cost = Cost(40, 0, 5, 1e9, 0.1)
        return [Answer(HOSTILE if place % 2 else UNPRINTABLE, cost) for place, _ in enumerate(conversations)]


class Memory(Agent):
    """Remembers corrections word for word, and pays for it in tokens."""

    def __init__(self):
        self.notes: dict[str, str] = {}

    def act(self, conversations):
        cost = Cost(40 + 10 * len(self.notes), 0, 5, 1e9 * (1 + len(self.notes)), 0.1)
        return [Answer(self.notes.get(conversation[-1]["content"], "?"), cost) for conversation in conversations]

    def learn(self, experiences):
        self.notes.update((experience.prompt, experience.correction) for experience in experiences)
        return Cost(seconds=0.01)

    def save(self, folder):
        (folder / "notes.json").write_text(json.dumps(self.notes, sort_keys=True))


AGENTS = {"<b>attacker</b>": Attacker, "memory": Memory}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for name, make in AGENTS.items():
        for world in range(2):
            trial = Trial(
                "CL-Conlang-v0",
                name,
                world=world,
                steps=24,
                eval_size=12,
                transfer_size=4,
                guard_size=4,
                probe_size=0,
                control_size=8,
            )
            run_trial(trial, folder / f"{make.__name__}-{world}", make=make)
    return folder


@pytest.fixture(scope="module")
def page(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    output = tmp_path_factory.mktemp("out") / "deep" / "report.html"
    assert write_report([runs], output) == output
    return output.read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Checks that tags close in order, and keeps what a reader and a browser would see."""

    VOID = {"meta", "link", "br", "img", "input", "line", "circle", "path", "polyline", "polygon"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
            self.open.pop()

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def words(read: Reader) -> str:
    return " ".join(" ".join(read.text).split())


def test_nothing_an_agent_says_becomes_markup(page: str, read: Reader) -> None:
    assert [tag for tag, _ in read.tags].count("script") == 1
    assert not [tag for tag, attributes in read.tags if tag == "img" or any(name.startswith("on") for name in attributes)]
    assert HOSTILE in words(read)
    assert "<b>attacker</b>" in words(read)
    assert "⟨U+D800⟩ ⟨U+0000⟩ ⟨U+202E⟩abc⟨U+202C⟩ 🙂" in words(read)
    assert "\u202e" not in page and "\0" not in page


def test_the_page_needs_no_network(read: Reader) -> None:
    reaching = ("src", "href", "action", "data", "srcset")
    links = [value for _, attributes in read.tags for name, value in attributes.items() if name in reaching]
    assert [link for link in links if not link.startswith("#")] == []
    assert not re.search(r"@import|url\(", STYLE.read_text())


def test_the_numbers_are_those_of_the_records(runs: Path, read: Reader) -> None:
    from clgym.metrics import summarize

    text = words(read)
    for row in summarize(read_runs([runs])):
        gain = interval(row.gain, difference=True)
        assert f"{gain.main} {gain.note}" in text
        assert "2 worlds × 1 seed" in text
        assert (row.agent in text) and (", ".join(row.dominated_by) in text)


def test_what_cannot_be_computed_says_why(read: Reader) -> None:
    assert "undefined: the placebo arm did not run" in words(read)
    assert "undefined: no query was tried twice" in words(read)


def test_what_was_run_is_told(read: Reader) -> None:
    text = words(read)
    assert "clgym run --env CL-Conlang-v0" in text and "--worlds 0-1 --seeds 0" in text and "--steps 24" in text
    assert "CL-Conlang-v0 version" in text and "python 3." in text and "sha256:" in text


def test_transcripts_are_real_and_from_every_moment(runs: Path, read: Reader) -> None:
    shown = [attributes for tag, attributes in read.tags if tag == "article"]
    assert {a["data-moment"] for a in shown} == {"early", "late", "before", "after"}
    assert {"learn", "eval", "guard"} <= {a["data-set"] for a in shown}
    prompts = {record.prompt for trial in read_runs([runs]) for record in trial.records if hasattr(record, "prompt")}
    said = [text for text in read.text if text.strip()]
    assert sum(text in prompts for text in said) >= len(shown) // 2


def test_every_class_in_the_page_is_known_to_the_style_sheet_or_marks_a_number(page: str, read: Reader) -> None:
    style = STYLE.read_text()
    used = {name for _, attributes in read.tags for name in (attributes.get("class") or "").split()}
    assert {name for name in used if f".{name}" not in style} <= {"partial"}


def test_the_same_records_give_the_same_page(runs: Path, page: str) -> None:
    assert render(read_runs([runs])) == page


def test_an_unfinished_trial_is_left_out_and_none_is_an_error(runs: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(runs / "Memory-0", copy)
    (copy / "result.json").unlink()
    with pytest.raises(RecordsError, match="finished"):
        write_report([copy], tmp_path / "report.html")
    with pytest.raises(RecordsError, match="does not exist"):
        write_report([tmp_path / "nowhere"], tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_without_jinja_the_error_names_the_extra(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtra, match=r"clgym\[report\]"):
        render(read_runs([runs]))


def test_a_trial_without_answers_still_gives_a_page(runs: Path) -> None:
    """Every number undefined: the page says so instead of failing."""
    one = read_runs([runs])[0]
    empty = TrialRecords(one.folder, one.trial, one.header, (), {})
    assert "undefined" in render([empty])


def test_agents_that_score_alike_keep_their_labels_apart() -> None:
    flat = Interval(0.5, 0.4, 0.6, 0.05)
    names = [f"agent-{place}" for place in range(6)]
    curves = learning_curves([Series(name, place, ((0, flat), (100, flat))) for place, name in enumerate(names)])
    marks = [Mark(name, place, 1.0, flat, True) for place, name in enumerate(names)]
    for figure in (curves, gain_and_cost(marks), gain_and_retention(marks)):
        heights = [float(y) for y in re.findall(r'class="name c\d" x="[\d.]+" y="([\d.]+)"', figure)]
        assert len(heights) == 6
        assert min(abs(a - b) for place, a in enumerate(heights) for b in heights[:place]) >= 12
        assert min(heights) > 0 and max(heights) <= 345


@pytest.mark.parametrize(("value", "shown"), [(0.5, "+0.50"), (-0.5, "−0.50"), (-0.001, "0.00"), (0.004, "0.00")])
def test_signs(value: float, shown: str) -> None:
    assert signed(value) == shown


def test_numbers_as_text() -> None:
    assert plain(-0.25) == "−0.25"
    assert interval(Interval(0.4, -0.1, 0.9, 0.1), difference=True)[:2] == ("+0.40", "[−0.10, +0.90]")
    assert number(Undefined("it was not asked")) == ("undefined:", "it was not asked", True)
    assert number(Censored(200)).main == "> 200"
    assert quantity(3.21e9, "FLOP").main == "3.21 GFLOP"
    assert quantity(0.1534, "s").main == "0.15 s" and quantity(1234.0, "").main == "1,234"
    assert ranges((0, 1, 2, 3, 4, 7)) == "0 to 4, 7"
    assert visible("a" * 2500).endswith("… (500 more characters)")
