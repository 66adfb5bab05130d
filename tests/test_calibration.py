"""``clgym calibrate``: the rule worked by hand, how often it is wrong, and planted models whose verdict is known."""

from __future__ import annotations

import builtins
import functools
import json
import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from clgym import registry
from clgym.agent import Answer, Cost
from clgym.baselines.models import tiny
from clgym.baselines.models.language import LanguageModel
from clgym.calibration import Evidence, Settings, cells_of, decide, estimate, trials_of
from clgym.calibration.plan import cut
from clgym.calibration.sizes import Sizes
from clgym.calibration.verdict import (
    ENOUGH,
    LEARNABLE,
    OUT_OF_REACH,
    TRIVIAL,
    UNDECIDED,
    falls_short,
    further,
    in_these_worlds,
    measured,
    paired,
)
from clgym.cli import main
from clgym.records import AnswerRecord, BlockRecord, StepRecord, read_runs

# --- the rule -----------------------------------------------------------------------------------------------------------------


def rewards(*means: float, queries: int = 40) -> dict[tuple[int, str], float]:
    """Worlds whose right answers come in a row: a share of ``queries`` ones, then zeros."""
    return {
        (world, f"eval/{number}"): float(number < round(mean * queries))
        for world, mean in enumerate(means)
        for number in range(queries)
    }


def steady(*means: float) -> dict[tuple[int, str], float]:
    """Worlds in which every query earns the mean: the spread between worlds is then all there is."""
    return {(world, f"eval/{number}"): mean for world, mean in enumerate(means) for number in range(4)}


def test_the_interval_of_three_worlds_is_students() -> None:
    """Means 0.4, 0.5, 0.6: standard error 0.1/√3, t(0.975; 2) = 4.303: 0.5 ± 0.248."""
    found = measured(steady(0.4, 0.5, 0.6))
    assert (found.estimate, found.low, found.high) == pytest.approx((0.5, 0.252, 0.748), abs=0.01)


def test_answers_without_spread_get_the_bound_of_so_many_worlds() -> None:
    """3 of 3 worlds: 1 - 0.025^(1/3) = 0.7076 may do otherwise, however many queries they have; of 96 queries in these worlds 0.0377."""
    zeros, ones, halves = (dict.fromkeys(rewards(0, 0, 0, queries=32), value) for value in (0.0, 1.0, 0.5))
    assert measured(zeros)[:3] == pytest.approx((0.0, 0.0, 0.7076), abs=1e-4)
    assert measured(ones)[:3] == pytest.approx((1.0, 0.2924, 1.0), abs=1e-4)
    assert measured(halves)[:3] == pytest.approx((0.5, 0.1462, 0.8538), abs=1e-4)
    assert paired(ones, ones)[:3] == pytest.approx((0.0, -0.7076, 0.0), abs=1e-4)
    assert in_these_worlds(ones)[:3] == pytest.approx((1.0, 0.9623, 1.0), abs=1e-4)


def test_six_worlds_and_a_learner_decide() -> None:
    """A learner that gets there in 6 of 6 worlds lifts; in 3 of 3 it may fail in seven worlds of ten, which the floor may be of."""
    low, full = {n: rewards(*[0.0] * n) for n in (3, 6)}, {n: rewards(*[1.0] * n) for n in (3, 6)}
    for worlds, expected in ((3, UNDECIDED), (6, LEARNABLE)):
        icl = dict.fromkeys((8, 32, 128), low[worlds])
        evidence = Evidence(0.36, 1.0, low[worlds], icl, {"rulebook": low[worlds], "lora": full[worlds]}, complete=True)
        assert decide(evidence).name == expected


LOW, GOOD, FULL = rewards(0, 0, 0), rewards(0.8, 0.85, 0.8), rewards(1, 1, 1)

CASES = {
    "trivial": (TRIVIAL, dict(frozen=FULL, icl={8: FULL})),
    "trivial whatever else": (TRIVIAL, dict(frozen=FULL)),
    "perhaps trivial": (UNDECIDED, dict(frozen=rewards(0.8, 0.9, 1), icl={8: FULL})),
    "icl": (ENOUGH, dict(frozen=LOW, icl={8: rewards(0.3, 0.3, 0.3), 32: FULL})),
    "perhaps icl": (UNDECIDED, dict(frozen=LOW, icl={8: LOW, 32: rewards(0.75, 0.9, 1)}, references={"lora": FULL})),
    "a learner lifts": (LEARNABLE, dict(frozen=LOW, icl={8: LOW}, references={"rulebook": LOW, "lora": GOOD})),
    "the rulebook lifts": (LEARNABLE, dict(frozen=LOW, icl={8: LOW}, references={"rulebook": FULL})),
    "icl lifts and falls short": (LEARNABLE, dict(frozen=LOW, icl={8: rewards(0.6, 0.62, 0.6)})),
    "nothing lifts": (OUT_OF_REACH, dict(frozen=LOW, icl={8: LOW}, references={"lora": LOW}, complete=True)),
    "nothing lifts, not all was run": (UNDECIDED, dict(frozen=LOW, icl={8: LOW}, references={"rulebook": LOW})),
    "perhaps a lift": (UNDECIDED, dict(frozen=LOW, icl={8: rewards(0, 0.2, 0.4)}, complete=True)),
    "icl not measured": (UNDECIDED, dict(frozen=LOW, references={"lora": FULL}, complete=True)),
    "no room": (UNDECIDED, dict(frozen=LOW, icl={8: LOW}, floor=1.0)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_of(name: str) -> None:
    expected, given = CASES[name]
    verdict = decide(Evidence(**{"floor": 0.0, "ceiling": 1.0, **given}))
    assert verdict.name == expected, verdict.why
    assert verdict.why


def test_climbing_to_the_floor_is_no_lift() -> None:
    """Floor 0.25: a model that learns the form of an answer climbs from 0.00 to 0.25 and knows nothing of the world."""
    nothing, guessing = rewards(0, 0, 0, queries=400), rewards(0.25, 0.25, 0.25, queries=400)
    evidence = Evidence(0.25, 1.0, nothing, {8: guessing}, {"lora": guessing}, complete=True)
    assert decide(evidence).name == OUT_OF_REACH
    assert decide(Evidence(0.0, 1.0, nothing, {8: guessing}, {"lora": guessing}, complete=True)).name == LEARNABLE


def test_standing_above_the_floor_untaught_is_no_lift() -> None:
    half, good = (
        rewards(*[0.5] * 12),
        rewards(*[0.8] * 12),
    )  # paired with itself there is no spread: at most 1 - 0.025^(1/480) = 0.008
    assert decide(Evidence(0.1, 1.0, half, {8: half}, {"lora": half}, complete=True)).name == OUT_OF_REACH
    assert decide(Evidence(0.1, 1.0, half, {8: half}, {"lora": good}, complete=True)).name == LEARNABLE


def test_several_chances_are_held_to_a_stricter_interval() -> None:
    """2 of 40 wrong in each of three worlds: error 0.0202. 0.95 - 1.980 errors is 0.910 (one chance), 0.95 - 2.154 is 0.907 (three); the bar 0.909."""
    scores = rewards(0.95, 0.95, 0.95)
    assert decide(Evidence(0.09, 1.0, LOW, {8: scores})).name == ENOUGH
    assert decide(Evidence(0.09, 1.0, LOW, {8: scores, 32: scores, 128: scores})).name == UNDECIDED


def test_the_certificate_needs_every_size_short_and_names_who_is_provably_further() -> None:
    low, full = rewards(*[0.0] * 6), rewards(*[1.0] * 6)
    some, good = rewards(*[0.3, 0.35, 0.3] * 2), rewards(*[0.8, 0.85, 0.8] * 2)
    evidence = Evidence(0.0, 1.0, low, {8: low, 32: some}, {"rulebook": some, "lora": good})
    assert falls_short(evidence) and further(evidence) == ["lora"]
    assert not falls_short(Evidence(0.0, 1.0, low, {8: low, 32: rewards(0.8, 0.9, 1)}))
    assert not falls_short(Evidence(0.0, 1.0, full, {8: low}))
    assert not falls_short(Evidence(0.0, 1.0, low))


def drawn(generator: np.random.Generator, mean: float, between: float = 0.02, worlds: int = 3) -> dict[tuple[int, str], float]:
    chances = np.clip(generator.normal(mean, between, size=worlds), 0, 1)
    return {(w, f"eval/{q}"): float(generator.random() < chances[w]) for w in range(worlds) for q in range(32)}


@pytest.mark.parametrize(
    "untaught, taught, claim",
    [(0.0, 0.86, ENOUGH), (0.3, 0.3, LEARNABLE), (0.1, 0.55, OUT_OF_REACH), (0.86, 0.86, TRIVIAL)],
    ids=["icl is not enough", "nothing lifts", "it can be learned", "not trivial"],
)
def test_a_false_verdict_is_rare(untaught: float, taught: float, claim: str) -> None:
    """Of 200 calibrations in which the claim is false, at most 5 % (and two standard errors, 3.1 %) make it."""
    generator = np.random.default_rng(round(1000 * untaught + taught))
    made = 0
    for _ in range(200):
        icl = {size: drawn(generator, taught) for size in (8, 32, 128)}
        evidence = Evidence(0.0, 1.0, drawn(generator, untaught), icl, {"lora": drawn(generator, taught)}, complete=True)
        made += decide(evidence).name == claim
    assert made <= 200 * 0.081


# --- the plan -----------------------------------------------------------------------------------------------------------------


def sized(exchange: float, largest: int) -> Sizes:
    return Sizes(1, 50, 60, 1, 5, 8, exchange, largest, 100, 10)


@pytest.mark.parametrize(
    "free, expected",
    [
        (float("inf"), (8, 32, 128)),
        (128 * 40 / 0.95 + 1, (8, 32, 128)),
        (2000, (8, 32, 44)),  # 0.95 · 2000 / 40 = 47.5, down to a multiple of 4
        (1350, (8, 32)),  # 32.06: nothing to add to 32
        (200, (4,)),
        (90, (2,)),
        (59, ()),  # an exchange may take 60
    ],
)
def test_contexts_are_cut_to_the_window(free: float, expected: tuple[int, ...]) -> None:
    assert cut((8, 32, 128), sized(40, 60), free) == expected


def test_every_family_and_level_has_a_plan_or_a_reason() -> None:
    model = tiny.load("tiny")
    settings = Settings(model="tiny", envs=("CL-Grid-v0", "CL-Service-v0"), levels=(0, 2, 7), worlds=(0,), contexts=(4, 64))
    cells = {(cell.env, cell.level): cell for cell in cells_of(settings, model)}
    assert "levels 0, 1, 2, 3" in cells["CL-Grid-v0", 7].reason
    assert "tokens" in cells["CL-Service-v0", 2].reason and "2,048" in cells["CL-Service-v0", 2].reason
    good = cells["CL-Grid-v0", 0]
    assert [agent.kind for agent in good.agents] == ["frozen", "icl", "rulebook", "oracle", "ideal"]
    assert good.contexts[0] == 4 < good.contexts[-1] < 64
    assert "of the 64" in good.note
    icl = good.agents[1].trials[0]
    assert icl.steps == good.contexts[-1] and icl.checkpoints == good.contexts[:-1] and icl.steps % icl.batch == 0
    assert icl.settings["max_new_tokens"] == good.max_new_tokens > good.sizes.longest_answer


def test_each_feedback_is_a_cell_and_what_is_not_taught_is_run_once() -> None:
    model = tiny.load("tiny")
    settings = Settings(
        model="tiny", envs=("CL-Grid-v0",), levels=(0,), worlds=(0, 1), contexts=(4,), feedback=("correction", "diagnosis")
    )
    correction, diagnosis = cells_of(settings, model)
    assert (correction.feedback, diagnosis.feedback) == ("correction", "diagnosis")
    trials = trials_of([correction, diagnosis])
    told = {(trial.agent, trial.feedback) for trial in trials}
    assert told == {
        ("frozen", "correction"),
        ("rulebook", "correction"),
        ("oracle", "correction"),
        *((agent, feedback) for agent in ("icl", "ideal") for feedback in settings.feedback),
    }
    assert len(trials) == 7 * 2


def test_a_window_without_room_is_a_reason_for_each_arm() -> None:
    model = tiny.load("tiny")

    def reasons(window: int) -> dict[str, str]:
        settings = Settings(model="tiny", envs=("CL-Grid-v0",), levels=(0,), worlds=(0,), window=window)
        (cell,) = cells_of(settings, model)
        return {agent.name: agent.reason for agent in cell.agents}

    tight = reasons(350)
    assert "exchange takes" in tight["icl"] or "window leaves" in tight["rulebook"]
    assert tight["frozen"] == tight["oracle"] == ""
    assert not any(reasons(2048).values())


@pytest.mark.slow
def test_the_sample_bounds_what_is_asked(tmp_path: Path) -> None:
    """Prompts of the trials are no longer than what the plan was made with, and the estimate counts every answer."""
    settings = ["--model", "tiny", "--env", "CL-Grid-v0", "--levels", "0", "--worlds", "0-1", "--queries", "4"]
    model = tiny.load("tiny")
    plan = Settings(model="tiny", envs=("CL-Grid-v0",), levels=(0,), worlds=(0, 1), queries=4, contexts=(4, 8))
    cells = cells_of(plan, model)
    cost = estimate(plan, cells, tmp_path, model)
    assert cost.left == cost.trials == len(trials_of(cells)) == 10 and cost.seconds > 0
    words = ["--contexts", "4,8", "--feedback", "correction", "--learner", "none", "--out", str(tmp_path), "--yes"]
    assert main(["calibrate", *settings, *words]) == 0
    answered: dict[str, int] = {}
    for records in read_runs([tmp_path]):
        if records.trial.model:
            asked = sum(block.answers for block in records.of(BlockRecord) if not block.reused)
            answered[records.trial.agent] = answered.get(records.trial.agent, 0) + asked + len(records.of(StepRecord))
        if records.trial.agent == "frozen":
            assert max(answer.cost.prompt_tokens for answer in records.of(AnswerRecord)) <= cells[0].sizes.longest
    assert {row.agent: row.load.answers for row in cost.rows if row.agent not in ("oracle", "ideal")} == answered
    assert estimate(plan, cells, tmp_path, model).left == 0


# --- planted models -----------------------------------------------------------------------------------------------------------

TASKS = {"CL-Taste-v0": TRIVIAL, "CL-Conlang-v0": ENOUGH, "CL-Slang-v0": LEARNABLE, "CL-Grid-v0": OUT_OF_REACH}


@functools.cache
def secrets() -> tuple[dict[str, tuple[str, str]], set[str]]:
    """The right answers to all eval queries of four worlds of each family, with their rulebooks."""
    worlds = [(env, registry.make_world(env, split="train", world=number)) for env in TASKS for number in range(4)]
    queries = [(env, world, world.query("eval", index)) for env, world in worlds for index in range(world.pools["eval"])]
    return {query.prompt: (env, world.solve(query)) for env, world, query in queries}, {world.rulebook() for _, world in worlds}


class Planted(LanguageModel):
    """Knows Taste by heart, Conlang behind 4 exchanges, Slang with the rulebook alone, and Grid never."""

    has_weights = False
    fails = False

    def __init__(self) -> None:
        model = tiny.load("tiny")
        super().__init__(model.network, model.tokenizer, "planted")
        self.window = 100_000
        self.rights, self.rulebooks = secrets()

    def grow(self, prefix, conversation):
        return prefix

    def generate(self, conversations, decoding, *, prefix=None, seed=0):
        return [Answer(self.say(conversation), Cost(prompt_tokens=1, completion_tokens=1)) for conversation in conversations]

    def say(self, conversation) -> str:
        env, right = self.rights.get(conversation[-1]["content"], ("", ""))
        exchanges = sum(message["role"] == "assistant" for message in conversation)
        rules = any(rulebook in conversation[0]["content"] for rulebook in self.rulebooks)
        if Planted.fails and env == "CL-Slang-v0" and rules:
            raise RuntimeError("the rulebook is on fire")
        known = {"CL-Taste-v0": True, "CL-Conlang-v0": exchanges >= 4, "CL-Slang-v0": rules, "CL-Grid-v0": False, "": False}
        return right if known[env] else "?"


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> type[Planted]:
    module = types.ModuleType("clgym_planted_model")
    made: list[Planted] = []

    def load(name: str, *, device: str = "auto", dtype: str = "auto") -> Planted:
        made.append(made[0] if made else Planted())
        return made[0]

    module.load = load
    monkeypatch.setitem(sys.modules, module.__name__, module)
    row = registry.ModelRow("planted", "clgym_planted_model:load", "knows what it is planted to know", weights=False)
    registry.register(row)
    monkeypatch.setattr(Planted, "fails", False)
    yield Planted
    registry.unregister(row)


def arguments(out: Path, *more: str, envs=TASKS) -> list[str]:
    given = [word for env in envs for word in ("--env", env)]
    asked = ["--levels", "0", "--split", "train", "--worlds", "0-3", "--queries", "16", "--contexts", "2,4,8"]
    asked += ["--feedback", "correction"]
    return ["calibrate", "--model", "planted", *given, *asked, "--out", str(out), *more]


def test_planted_models_get_their_verdicts_and_their_page(planted, tmp_path, capsys) -> None:
    assert main(arguments(tmp_path, "--yes")) == 0
    shown = capsys.readouterr().out
    data = json.loads((tmp_path / "calibration.json").read_text())
    assert {cell["env"]: cell["verdict"] for cell in data["cells"]} == TASKS
    assert all(verdict in shown for verdict in TASKS.values())
    page = (tmp_path / "calibration.md").read_text()
    certified, _, rest = page.partition("## Certificate")[2].partition("Not certified: ")
    assert "CL-Slang-v0 level 0, planted: with no exchanges in context it earns 0.00" in certified
    assert "rulebook reaches 1.00" in certified and "nothing that was run provably gets further** in 1" in certified
    assert "CL-Taste-v0 level 0 (trivial), CL-Conlang-v0 level 0 (ICL is enough)" in rest
    (conlang,) = (cell for cell in data["cells"] if cell["env"] == "CL-Conlang-v0")
    assert {arm["exchanges"]: (arm["estimate"], arm["held"]) for arm in conlang["arms"] if arm["kind"] == "icl"} == {
        2: (0.0, [2, 2]),
        4: (1.0, [4, 4]),
        8: (1.0, [8, 8]),
    }

    again = tmp_path / "again.md"
    assert main(["calibrate", "--render", str(tmp_path / "calibration.json"), "--output", str(again)]) == 0
    assert again.read_text() == page


def test_a_stopped_calibration_goes_on_to_the_same_page(planted, tmp_path, capsys) -> None:
    given = arguments(tmp_path, "--yes", envs=["CL-Conlang-v0"])
    assert main(given) == 0
    first = (tmp_path / "calibration.json").read_bytes()
    lost = next(tmp_path.rglob("icl-*/result.json"))
    lost.unlink()
    capsys.readouterr()
    assert main([*given[:-1], "--estimate"]) == 0
    totals = [line.split()[:3] for line in capsys.readouterr().out.splitlines() if line.split()[:1] == ["all"]]
    assert totals == [["all", str(len(list(tmp_path.rglob("trial.json")))), "1"]]
    assert not lost.exists()
    assert main(given) == 0
    assert (tmp_path / "calibration.json").read_bytes() == first and lost.exists()


def test_it_asks_before_it_starts(planted, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(builtins, "input", lambda question: "n")
    assert main(arguments(tmp_path, envs=["CL-Taste-v0"])) == 2
    assert "nothing was run" in capsys.readouterr().err and not list(tmp_path.rglob("trial.json"))
    asked: list[str] = []
    monkeypatch.setattr(builtins, "input", lambda question: asked.append(question) or "y")
    assert main(arguments(tmp_path, envs=["CL-Taste-v0"])) == 0
    assert asked == ["Run 20 trials? [y/N] "]
    assert main(arguments(tmp_path, envs=["CL-Taste-v0"])) == 0
    assert len(asked) == 1, "nothing is left to run, so there is nothing to ask"
    monkeypatch.setattr(builtins, "input", lambda question: asked.append(question) or "n")
    assert main(arguments(tmp_path, "--fresh", envs=["CL-Taste-v0"])) == 2
    assert "Delete 20 of these trials" in asked[-1] and len(list(tmp_path.rglob("result.json"))) == 20


@pytest.mark.slow
def test_an_arm_that_fails_is_named_and_the_others_stand(planted, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(Planted, "fails", True)
    assert main(arguments(tmp_path, "--yes", envs=["CL-Slang-v0", "CL-Taste-v0"])) == 1
    slang, taste = json.loads((tmp_path / "calibration.json").read_text())["cells"]
    assert taste["verdict"] == TRIVIAL and slang["verdict"] == UNDECIDED
    (rulebook,) = (arm for arm in slang["arms"] if arm["arm"] == "rulebook")
    assert "on fire" in rulebook["undefined"] and "on fire" in (tmp_path / "calibration.md").read_text()
    monkeypatch.setattr(Planted, "fails", False)
    assert main(arguments(tmp_path, "--yes", envs=["CL-Slang-v0", "CL-Taste-v0"])) == 0
    assert json.loads((tmp_path / "calibration.json").read_text())["cells"][0]["verdict"] == LEARNABLE


@pytest.mark.slow
def test_a_model_with_weights_is_not_out_of_reach_before_one_tried_to_train_it(planted, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(Planted, "has_weights", True)
    assert main(arguments(tmp_path, "--yes", "--learner", "none", envs=["CL-Grid-v0"])) == 0
    (cell,) = json.loads((tmp_path / "calibration.json").read_text())["cells"]
    assert cell["verdict"] == UNDECIDED and "not everything was run" in cell["why"]


# --- what can be asked wrongly ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong, said",
    [
        (["--env", "CL-Tste-v0"], "Did you mean 'CL-Taste-v0'?"),
        (["--with", "CL-Taste-v0:speed=9"], "unknown setting of agent frozen 'speed'"),
        (["--with", "CL-Grid-v0:history=1"], "unknown family of this calibration 'CL-Grid-v0'"),
        (["--env", "Probe-Facts-v0"], "has no hidden rules"),
        (["--env", "CL-Stream-v0"], "a sequence of other families"),
        (["--model", "tny"], "Did you mean 'tiny'?"),
        (["--levels", "8"], "nothing can be calibrated. CL-Taste-v0 level 8: the family has levels 0, 1, 2, 3"),
        (["--levels", ""], "at least one level"),
        (["--worlds", "x"], "not a list of numbers"),
        (["--feedback", "praise"], "unknown feedback 'praise'"),
        (["--queries", "0"], "queries must be at least 1"),
        (["--contexts", "0,8"], "what 0 brings is the frozen model"),
        (["--window", "20"], "the window has 20"),
        (["--max-new-tokens", "0"], "max_new_tokens counts tokens"),
        (["--split", "dev"], "unknown split"),
        (["--split", "test"], "CLGYM_SALT"),
        (["--learner", "lora-sfd"], "Did you mean 'lora-sft'?"),
        (["--learner", "lora-sft:speed=9"], "unknown setting of agent lora-sft 'speed'"),
        (["--learner", "rulebook"], "no learner to compare with"),
        (["--learner", "oracle"], "no learner to compare with"),
        (["--workers", "0"], "workers must be at least 1"),
        (["--engine", "locl", "--yes"], "Did you mean 'local'?"),
        (["--out", "/dev/null/x", "--yes"], "cannot be written"),
        (["--render", "/nowhere.json"], "cannot be read"),
    ],
)
def test_mistakes_are_one_line(wrong, said, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.delenv("CLGYM_SALT", raising=False)
    base = {
        "--env": "CL-Taste-v0",
        "--model": "tiny",
        "--levels": "0",
        "--worlds": "0",
        "--queries": "2",
        "--contexts": "2",
        "--out": str(tmp_path),
    }
    given = dict(zip(wrong[::2], wrong[1::2])) if wrong[-1] != "--yes" else dict(zip(wrong[:-1:2], wrong[1::2]))
    words = [word for pair in {**base, **given}.items() for word in pair] + (["--yes"] if wrong[-1] == "--yes" else [])
    assert main(["calibrate", *words]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and "Traceback" not in error


def test_the_code_of_the_page_runs(capsys) -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "calibration.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    exec(code, {"__name__": "page"})
    assert capsys.readouterr().out.strip() == ENOUGH


def test_a_file_that_is_no_calibration_is_refused(tmp_path, capsys) -> None:
    (tmp_path / "other.json").write_text("[1]")
    assert main(["calibrate", "--render", str(tmp_path / "other.json")]) == 2
    assert "no calibration of schema" in capsys.readouterr().err


def test_an_endpoint_is_priced_without_being_asked(tmp_path, capsys) -> None:
    pytest.importorskip("openai")
    model = "openai:some@http://127.0.0.1:9/v1?price_in=100&price_out=400&window=4096"
    given = [
        "calibrate",
        "--model",
        model,
        "--env",
        "CL-Taste-v0",
        "--levels",
        "0",
        "--worlds",
        "0",
        "--queries",
        "4",
        "--contexts",
        "2,4",
        "--out",
        str(tmp_path),
    ]
    assert main([*given, "--estimate"]) == 0
    shown = capsys.readouterr().out
    total = next(line.split() for line in shown.splitlines() if line.split()[:1] == ["all"])
    assert "$" in shown and float(total[-1]) > 0 and "price_in" in shown
    assert main([*given, "--learner", "lora-sft", "--estimate"]) == 2
    assert "trains weights" in capsys.readouterr().err
