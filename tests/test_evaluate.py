"""``clgym evaluate``: what a stranger's agent can reach (nothing), what is believed of it, and what its results say they are."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import clgym  # noqa: F401
from clgym import registry
from clgym.cli import main
from clgym.errors import InvalidSetting, NotLoadable, OutsideAgentError, SandboxUnavailable
from clgym.evaluate import candidate, evaluate
from clgym.evaluate.evaluator import trials_for
from clgym.evaluate.launch import cell, tried
from clgym.records import AnswerRecord, StepRecord, Trial, read_trial
from clgym.records.standing import EVALUATION_FILE, RE_RUN, SELF_REPORTED, standing_of
from clgym.registry.making import without_strangers
from clgym.seeding import SALT_VARIABLE, holding
from clgym.storage import read_json, write_json
from clgym.submission import submit, verify
from clgym.sweep.plan import parse_spec

SALT = bytes(range(7, 39))
SMALL = {"steps": 8, "eval_size": 4, "transfer_size": 0, "guard_size": 0, "probe_size": 0, "control_size": 4}
SUITE = [Trial("CL-Taste-v0", "recommender", split="validation", **SMALL)]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="agents are held by Linux's namespaces")

#: Tries everything to learn the worlds, and says what it got for an answer: a list of the ways that worked.
PEEKING = """
import ctypes, gc, glob, json, os, socket, sys, time
from pathlib import Path
from clgym import registry
from clgym.agent import Agent, Answer, Cost
from clgym.core import World

HERE = Path(__file__).parent
try:
    (HERE / "imported").write_text("by whoever imports me, beside the salt")
except OSError:
    pass
if "CLGYM_SALT" in os.environ:
    sys.exit("imported beside the salt")

def works(do):
    try:
        return bool(do())
    except BaseException:
        return False

def salt_in(text):  # written so that this source is not what is found
    return bytes(range(7, 39)).hex().encode() in text or bytes(range(7, 39)) in text

def other_processes():
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]

class Peek(Agent):
    tags = ("scripted", "privileged")

    def __init__(self, config=None, *, seed=0):
        self.worlds, self.seen, self.got = [], [], {}
        self.left = list(Path("/tmp").rglob("left-behind*"))

    def reveal(self, worlds):
        self.worlds = list(worlds)

    def ways(self):
        libc = ctypes.CDLL(None, use_errno=True)
        frames, frame = [], sys._getframe()
        while frame:
            frames.append(frame); frame = frame.f_back
        drawn = lambda: registry.make_world("CL-Taste-v0", split="test", world=0)
        return {
            "reveal": lambda: self.worlds,
            "environment": lambda: [k for k, v in os.environ.items() if "SALT" in k or salt_in(v.encode())],
            "salt file": lambda: salt_in((HERE / "salt.txt").read_bytes()),
            "salt by another name": lambda: any(salt_in(p.read_bytes()) for p in HERE.rglob("*") if p.is_file() and p.suffix != ".py"),
            "trials": lambda: list(HERE.rglob("records.jsonl")) + list(HERE.rglob("trial.json")),
            "root": lambda: set(os.listdir("/")) & {"home", "root/.ssh", "mnt", "srv", "var"},
            "the host by /proc": lambda: os.listdir(f"/proc/{os.getppid()}/root") if os.getppid() else [],
            "other processes": lambda: other_processes() or os.getppid(),
            "memory of the parent": lambda: open(f"/proc/{os.getppid()}/mem", "rb").seek(0) or False,
            "own command line": lambda: salt_in(open("/proc/self/cmdline", "rb").read()) or salt_in(open("/proc/self/environ", "rb").read()),
            "open files": lambda: [f for f in os.listdir("/proc/self/fd") if int(f) > 2 and "pipe" not in os.readlink(f"/proc/self/fd/{f}") and "fd" not in os.readlink(f"/proc/self/fd/{f}")],
            "gc": lambda: [o for o in gc.get_objects() if isinstance(o, World)],
            "gc for the salt": lambda: [o for o in gc.get_objects() if isinstance(o, (dict, list, tuple, set)) and len(o) < 100 and salt_in(str([v for v in (o.values() if isinstance(o, dict) else o) if isinstance(v, (str, bytes))]).encode())],
            "frames": lambda: [f for f in frames if any(isinstance(v, (World,)) or v == bytes(range(7, 39)) for v in f.f_locals.values())],
            "draw the world": drawn,
            "world ids": lambda: [w for w, q in self.seen if "CL-" in w or "test" in w or "learn" in q or "/" in q],
            "network": lambda: socket.create_connection(("127.0.0.1", PORT), 1),
            "dns": lambda: socket.getaddrinfo("pypi.org", 443),
            "ptrace": lambda: libc.ptrace(16, 1, 0, 0) == 0,
            "mount": lambda: libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None) == 0,
            "umount": lambda: libc.umount2(str(HERE / "salt.txt").encode(), 2) == 0,
            "namespaces": lambda: libc.unshare(0x10000000) == 0,
            "clone3": lambda: libc.syscall(435, 0, 0) == 0,
            "change clgym": lambda: Path(registry.__file__).open("a").close() or True,
            "change itself": lambda: (HERE / "note").write_text("for next time"),
            "what it left in another trial": lambda: self.left,
            "signals": lambda: [os.kill(p, 0) for p in range(2, 40)],
        }

    def learn(self, experiences):
        self.seen += [(e.world, e.query) for e in experiences]
        return Cost(seconds=1e-9)

    def act(self, conversations):
        moment = bool(self.seen)
        if moment not in self.got:  # before it learned, and after
            self.got[moment] = sorted(name for name, way in self.ways().items() if works(way))
        got = self.got[moment]
        for place in glob.glob("/tmp/clgym-held-*/exchange-*"):
            Path(place, "left-behind").write_text("for the next trial")
        Path("/tmp/left-behind-too").write_text("x")
        return [Answer(json.dumps(got), Cost(flops=1, seconds=1e-9)) for _ in conversations]

    def save(self, folder):
        (folder / "seen.json").write_text(json.dumps(self.seen))

    def load(self, folder):
        self.seen = json.loads((folder / "seen.json").read_text())
"""


@pytest.fixture
def place(tmp_path) -> Path:
    """A folder with a salt, a suite and a peeking agent beside one another."""
    (tmp_path / "salt.txt").write_text(SALT.hex() + "\n")
    (tmp_path / "suite.yaml").write_text(
        json.dumps(
            {
                "defaults": {"split": "validation", "worlds": "0-1", **SMALL},
                "trials": [{"env": "CL-Taste-v0", "agent": ["recommender"]}],
            }
        )
    )
    return tmp_path


def run(agents: list[str], out: Path, salt_file: Path | None = None, **settings) -> list:
    found = evaluate([candidate(parse_spec(agent)) for agent in agents], SUITE, SALT, out, salt_file=salt_file, **settings)
    return list(found)


@pytest.fixture
def listening():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_peeking_agent_reaches_nothing_and_an_honest_one_learns_as_it_does_at_home(place, listening, capsys, tmp_path):
    """One command with both: every way that the peeking one tries is closed, and the honest one's gain is what it is without walls."""
    (place / "peeking.py").write_text(PEEKING.replace("PORT", str(listening)))
    agent = f"{place / 'peeking.py'}:Peek"
    command = ["evaluate", agent, "recommender", "oracle", "--suite", str(place / "suite.yaml")]
    assert main([*command, "--salt-file", str(place / "salt.txt"), "--out", str(place / "out")]) == 0
    assert not (place / "imported").exists() and not (place / "note").exists()
    told = capsys.readouterr()
    assert "no salt, no other process, no network" in told.err and "re-run" in told.out
    trials = {read_trial(file.parent).trial.agent: read_trial(file.parent) for file in (place / "out").rglob("trial.json")}
    answers = {record.answer for record in trials[agent].of(AnswerRecord)} | {
        record.answer for record in trials[agent].of(StepRecord)
    }
    assert answers == {"[]"}, answers
    assert all(record.cost.seconds > 1e-4 for record in trials[agent].of(StepRecord))  # by the evaluator's clock
    assert {r.reward for r in trials["oracle"].of(AnswerRecord)} == {1.0}
    with holding(SALT):
        from clgym.protocol import run_trial

        home = run_trial(trials["recommender"].trial, tmp_path / "home")
        assert [r.answer for r in home.of(AnswerRecord)] == [r.answer for r in trials["recommender"].of(AnswerRecord)]
        verdict = verify(place / "out")
        assert verdict.differences == () and verdict.standing == RE_RUN
    assert trials["oracle"].header["revealed"] and not trials[agent].header["revealed"]
    assert trials[agent].header["agent"]["sources"].keys() == {"peeking.py"}


ECHO = """import json, os, sys
for line in sys.stdin:
    r = json.loads(line)
    out = {"id": r["id"]}
    if r["method"] == "hello":
        out |= {"protocol": 1, "methods": ["act", "learn", "save", "load"]}
    elif r["method"] == "act":
        out["answers"] = [c[-1]["content"][:20] for c in r["conversations"]]
    elif r["method"] == "save":
        SAVE
    print(json.dumps(out), flush=True)
"""


def program(place: Path, save: str) -> str:
    (place / "code").mkdir()
    (place / "code" / "agent.py").write_text(ECHO.replace("SAVE", save))
    return f"exec:{sys.executable} {place / 'code' / 'agent.py'}"


def test_a_program_from_outside_goes_the_same_way(place):
    (records,) = run([program(place, "open(r['folder'] + '/theta', 'w').write('1')")], place / "out", place / "salt.txt")
    assert records.header["agent"]["sources"].keys() >= {"agent.py"}
    with holding(SALT):
        assert standing_of(records.folder).kind == RE_RUN
        assert standing_of(records.folder).evaluation["held"] == {"agent": "held", "network": False}


@pytest.mark.parametrize(
    "save",
    [
        "os.symlink('{salt}', r['folder'] + '/theta')",
        "os.symlink('{folder}', r['folder'] + '/folder')",
        "os.mkfifo(r['folder'] + '/pipe')",
        "open(r['folder'] + '/a', 'w').close(); os.link(r['folder'] + '/a', r['folder'] + '/b')",
        pytest.param("[open(r['folder'] + '/' + str(n), 'w').close() for n in range(10_050)]", marks=pytest.mark.slow),
    ],
    ids=["link to the salt", "link to its folder", "pipe", "hard link", "many files"],
)
def test_theta_is_plain_files_and_nothing_that_we_would_follow(place, save):
    """A link would be followed by the evaluator, who may read the salt, and the copy handed back by load."""
    agent = program(place, save.format(salt=place / "salt.txt", folder=place))
    with pytest.raises(OutsideAgentError, match="saves"):
        run([agent], place / "out", place / "salt.txt")
    assert not any(SALT.hex() in file.read_text("latin-1") for file in (place / "out").rglob("*") if file.is_file())


def test_what_is_tried_can_fail_and_then_nothing_is_evaluated(place, monkeypatch):
    """The barrier's own test: without hiding, the salt is found; with the network, it is reached."""
    salt = place / "salt.txt"
    with cell(hide=[]) as bare:
        assert tried(bare, salt) == (True, False, False)
    with cell(hide=[salt], network=True) as open_:
        assert tried(open_, salt) == (False, False, True)
    with cell(hide=[salt]) as broken:
        (broken.scratch / "root").rmdir()
        with pytest.raises(SandboxUnavailable, match="cannot be held here"):
            tried(broken, salt)
    monkeypatch.setattr("clgym.evaluate.evaluator.cell", lambda hide, **settings: cell(hide=[], **settings))
    with pytest.raises(SandboxUnavailable, match="reaches salt"):
        run(["recommender"], place / "out", salt)


def test_where_strangers_stay_out_no_code_of_an_agent_or_a_model_is_imported(tmp_path):
    (tmp_path / "mine.py").write_text("raise SystemExit('imported')")
    with without_strangers():
        for find in (registry.agent, registry.model):
            with pytest.raises(NotLoadable, match="not run here"):
                find(f"{tmp_path / 'mine.py'}:Thing")
        assert registry.agent("recommender").id == "recommender" and registry.model("tiny").id == "tiny"


def test_an_agent_is_shown_worlds_where_its_row_says_so_and_nowhere_else(tmp_path):
    from clgym.agent import Agent, Answer
    from clgym.protocol import run_trial

    class Spy(Agent):
        tags = ("scripted",)
        shown = 0

        def reveal(self, worlds):
            Spy.shown += 1

        def act(self, conversations):
            return [Answer("") for _ in conversations]

    records = run_trial(Trial("CL-Taste-v0", "spy", **SMALL), tmp_path / "t", make=Spy)
    assert Spy.shown == 0 and records.header["revealed"] is False


@pytest.fixture
def evaluated(place) -> Path:
    (records,) = run(["oracle"], place / "out", place / "salt.txt")
    return records.folder


def test_every_page_says_what_its_results_are(evaluated, place):
    pytest.importorskip("jinja2")
    from clgym.report import write_report

    page = place / "report.html"
    with holding(SALT):
        assert "Re-run by whoever holds the salt: 1 of 1 trials." in write_report([place / "out"], page).read_text()
    assert "Self-reported" in write_report([place / "out"], page).read_text()


def test_a_seal_is_made_by_the_salt_over_every_file(evaluated, place):
    with holding(SALT):
        assert standing_of(evaluated).kind == RE_RUN and verify(place / "out").re_run == 1
        submit([place / "out"], place / "bundle", name="x")
        assert verify(place / "bundle").standing == RE_RUN
    with holding(bytes(range(1, 33))):
        assert standing_of(evaluated).kind == SELF_REPORTED
    assert "cannot be checked" in standing_of(evaluated).doubt  # no salt here
    with holding(SALT):
        times = evaluated / "times.jsonl"
        times.write_bytes(times.read_bytes().splitlines(True)[0])
        assert standing_of(evaluated)[:2] == (SELF_REPORTED, "times.jsonl changed after it was sealed")
        assert any("claims to be re-run" in line for line in verify(place / "out").differences)


@pytest.mark.parametrize("forge", ["made up", "of another trial", "of another agent"])
def test_a_seal_that_was_not_made_for_these_files_is_a_difference(evaluated, place, forge):
    said = read_json(evaluated / EVALUATION_FILE)
    if forge == "made up":
        said["seal"] = "0" * 64
    elif forge == "of another agent":
        said["held"]["agent"] = "held"
    else:
        (other,) = run(["random"], place / "other", place / "salt.txt")
        said = read_json(other.folder / EVALUATION_FILE)
    write_json(evaluated / EVALUATION_FILE, said)
    with holding(SALT):
        assert standing_of(evaluated).kind == SELF_REPORTED
        assert any("claims to be re-run" in line for line in verify(place / "out").differences)


def test_the_frozen_arm_of_each_model_is_asked_under_the_limits_of_its_agent():
    mine = candidate(parse_spec("icl:max_new_tokens=20"), "tiny")
    trials = trials_for(SUITE, [mine, candidate(parse_spec("recommender"))])
    assert [(t.label, t.model, t.split) for t, _ in trials] == [
        ("icl:max_new_tokens=20", "tiny", "test"),
        ("recommender", "", "test"),
        ("frozen:max_new_tokens=20", "tiny", "test"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [("00" * 32, "one byte over and over"), ("ab" * 32, "anybody would guess"), ("", "64 hex digits"), ("salt", "64 hex digits")],
)
def test_a_salt_that_anybody_would_guess_is_refused(place, text, words, capsys):
    (place / "weak.txt").write_text(text)
    assert main(["evaluate", "oracle", "--suite", str(place / "suite.yaml"), "--salt-file", str(place / "weak.txt")]) == 2
    assert words in capsys.readouterr().err


def test_what_would_hand_the_salt_over_is_refused(place, capsys):
    command = ["evaluate", "oracle", "--suite", str(place / "suite.yaml"), "--salt-file", str(place / "salt.txt")]
    assert main([*command, "--keep", SALT_VARIABLE]) == 2
    os.link(place / "salt.txt", place / "another-name.txt")
    assert main(command) == 2
    assert "another name" in capsys.readouterr().err
    with pytest.raises(InvalidSetting, match="a folder of its own|one of its own"):
        run([f"{Path('/tmp') / 'nowhere.py'}:A"], place / "out")
