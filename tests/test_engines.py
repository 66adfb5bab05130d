"""The same sweep on every engine gives the same files; a node that dies costs no finished trial; suites say what they mean."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from clgym.cli import main
from clgym.errors import ClgymError, EndpointDown, EndpointRefused, InvalidSetting, UnknownName
from clgym.protocol import TrialObserver
from clgym.records import RECORDS_FILE, RESULT_FILE, Trial
from clgym.registry.builtin import ENGINES, FAMILIES
from clgym.storage import only_writer
from clgym.sweep import remote
from clgym.sweep.plan import trial_folder
from clgym.sweep.run import Sweep, run_sweep
from clgym.sweep.stopping import Stop
from clgym.sweep.suite import load_suite, suites

#: Two Ray clusters at once would find each other.
pytestmark = pytest.mark.xdist_group("ray")

TRIALS = [
    Trial("CL-Conlang-v0", agent, world=world, steps=24, eval_size=4, transfer_size=2, guard_size=2, probe_size=0, control_size=4)
    for world in (0, 1)
    for agent in ("random", "oracle")
]


class Quiet:
    """A board that remembers what it heard."""

    def __init__(self) -> None:
        self.ended: list[Trial] = []
        self.errors: list[str] = []
        self.heard: list[int] = []

    def observer(self, trial):
        board = self

        class Listener(TrialObserver):
            def advance(self, answers, stage):
                board.heard.append(answers)

        return Listener()

    def finished(self, trial, *, kept):
        self.ended.append(trial)

    def failed(self, trial, error, *, again):
        self.errors.append(error)

    def stopped(self, trial):
        pass


def files_of(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.name in (RECORDS_FILE, RESULT_FILE)
    }


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("local")
    assert len(run_sweep(TRIALS, out, Quiet()).finished) == len(TRIALS)
    return files_of(out)


@pytest.fixture(scope="module")
def cluster():
    """Two Ray nodes on this machine; the second one can be killed."""
    import ray
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    second = nodes.add_node(num_cpus=1)
    ray.init(address=nodes.address, log_to_driver=False)
    yield nodes, second
    ray.shutdown()
    nodes.shutdown()


@pytest.mark.slow
def test_two_ray_nodes_write_the_same_files(tmp_path, local, cluster):
    board = Quiet()
    outcome = run_sweep(TRIALS, tmp_path, board, workers=2, engine="ray")
    assert len(outcome.finished) == len(TRIALS) and not board.errors
    assert files_of(tmp_path) == local and sum(board.heard) > 0
    assert not list(tmp_path.glob(".sweep-*"))


@pytest.mark.slow
def test_messages_wait_on_the_node_of_the_sweep(cluster):
    import ray

    from clgym.sweep.ray_engine import mailbox_here

    here = ray.get_runtime_context().get_node_id()
    boxes = [mailbox_here() for _ in range(6)]
    assert {ray.get(box.__ray_call__.remote(lambda _: ray.get_runtime_context().get_node_id())) for box in boxes} == {here}


def test_submitits_local_executor_writes_the_same_files(tmp_path, local):
    outcome = run_sweep(TRIALS, tmp_path, Quiet(), workers=2, engine="slurm:cluster=local")
    assert len(outcome.finished) == len(TRIALS) and files_of(tmp_path) == local


@pytest.mark.slow
def test_a_node_that_dies_in_mid_sweep_costs_no_finished_trial(tmp_path, cluster):
    nodes, second = cluster
    trials = [
        Trial(
            "CL-Conlang-v0",
            "random",
            world=world,
            steps=600,
            eval_size=4,
            transfer_size=0,
            guard_size=0,
            probe_size=0,
            control_size=0,
        )
        for world in range(6)
    ]
    board = Quiet()
    killer = threading.Thread(target=lambda: (wait_for(board.ended), nodes.remove_node(second, allow_graceful=False)))
    killer.start()
    outcome = run_sweep(trials, tmp_path, board, workers=2, engine="ray")
    killer.join()
    assert len(outcome.finished) == 6 and not outcome.failed, board.errors
    alone = tmp_path / "alone"
    run_sweep(trials[-1:], alone, Quiet())
    name = trial_folder(Path(), trials[-1])
    assert (alone / name / RECORDS_FILE).read_bytes() == (tmp_path / name / RECORDS_FILE).read_bytes()


def wait_for(ended: list[Trial]) -> None:
    while not ended:
        time.sleep(0.01)


def test_files_come_back_from_a_machine_that_shares_no_disk(tmp_path, local):
    """What a task does where it cannot see the sweep's folder."""
    sweep = Sweep(tmp_path / "here", Quiet(), Stop(), [])
    for trial in TRIALS:
        job = remote.job_of(trial, sweep, tmp_path / "elsewhere")._replace(out=str(tmp_path / "there"))
        remote.settle(trial, sweep, remote.work(job))
    assert len(sweep.outcome.finished) == len(TRIALS) and files_of(sweep.out) == local
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    "error, tries, written",
    [
        (RuntimeError("it broke"), 2, "Traceback"),
        (EndpointDown("no connection"), 2, "Traceback"),
        (InvalidSetting("rank is -3"), 1, "InvalidSetting: rank is -3"),
        (EndpointRefused("wrong key"), 1, "EndpointRefused: wrong key"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_trial_that_fails_elsewhere_is_tried_again_where_that_can_help_and_then_reported(
    monkeypatch, tmp_path, error, tries, written
):
    def breaks(self, conversations):
        raise error

    monkeypatch.setattr("clgym.baselines.scripted.Oracle.act", breaks)
    sweep, trial = Sweep(tmp_path, Quiet(), Stop(), []), TRIALS[1]
    for done in range(tries):
        assert len(sweep.waiting) == done and not sweep.outcome.failed
        remote.settle(trial, sweep, remote.work(remote.job_of(trial, sweep, tmp_path / "elsewhere")))
    assert len(sweep.outcome.failed) == 1
    assert (trial_folder(tmp_path, trial) / "error.txt").read_text().startswith(written)


def test_a_trial_that_is_lost_with_its_machine_is_tried_more_often(tmp_path):
    sweep = Sweep(tmp_path, Quiet(), Stop(), [])
    for _ in range(5):
        remote.settle(TRIALS[0], sweep, remote.Report("lost", "the node died"))
    assert len(sweep.waiting) == 5 and not sweep.outcome.failed
    remote.settle(TRIALS[0], sweep, remote.Report("lost", "the node died"))
    assert len(sweep.waiting) == 5 and len(sweep.outcome.failed) == 1


def test_a_trial_waits_for_the_process_that_its_last_try_left_behind(tmp_path):
    sweep = Sweep(tmp_path, Quiet(), Stop(), [])
    token = tmp_path / "token"
    token.touch()
    with ThreadPoolExecutor() as pool:
        with only_writer(trial_folder(tmp_path, TRIALS[0])):
            report = pool.submit(remote.work, remote.job_of(TRIALS[0], sweep, token))
            assert not wait([report], timeout=1).done
        assert report.result().kind == "finished"


@pytest.mark.parametrize("engine", [row.id for row in ENGINES])
def test_settings_that_an_engine_does_not_have_are_refused(tmp_path, engine):
    with pytest.raises(ClgymError, match="colour"):
        run_sweep(TRIALS, tmp_path, Quiet(), workers=2, engine=f"{engine}:colour=red")


SUITE = """
name: two
out: {out}
defaults: {{steps: 8, eval_size: 4, transfer_size: 0, guard_size: 0, probe_size: 0, control_size: 0, worlds: 0-1}}
trials:
  - env: CL-Conlang-v0
    agent: [oracle, random]
  - {{env: [CL-Conlang-v0], agent: oracle, worlds: [1, 2], seeds: 3}}
  - {{env: CL-Conlang-v0, agent: oracle, worlds: 1}}
"""


def test_a_suite_is_run_as_its_file_says(capsys, tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(SUITE.format(out=tmp_path / "runs"))
    suite = load_suite(str(path))
    assert [(t.agent, t.world, t.seed, t.steps) for t in suite.trials] == [
        ("oracle", 0, 0, 8),
        ("random", 0, 0, 8),
        ("oracle", 1, 0, 8),
        ("random", 1, 0, 8),
        ("oracle", 1, 3, 8),
        ("oracle", 2, 3, 8),
    ]
    assert main(["sweep", str(path)]) == 0
    assert "6 of 6" in capsys.readouterr().err or len(list((tmp_path / "runs").rglob(RESULT_FILE))) == 6
    assert main(["sweep", str(path), "--workers", "2"]) == 0 and capsys.readouterr().err.count("kept") == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "cannot be read as YAML"),
        ("3", "is a mapping"),
        ("trials: []", "must be a list"),
        ("trials: [{env: CL-Conlang-v0}]", "names no agent"),
        ("trials: [{env: CL-Conlang-v0, agent: oracle, step: 4}]", "Did you mean 'steps'"),
        ("trail: []", "Did you mean 'trials'"),
        ("trials: [{env: CL-Conlang-v0, agent: oracle}]\nworkers: 0", "at least 1"),
        ("trials: [{env: CL-Conlang-v0, agent: oracle, worlds: 4-2}]", "runs backwards"),
        ("trials: [{env: CL-Conlang-v0, agent: oracle, steps: many}]", "entry 1 of trials: steps should be a whole number"),
        ("trials: [{env: CL-Conlang-v0, agent: oracle, noise: x}]", "noise should be a number"),
        ("trials: [{env: CL-Conlang-v0, agent: oracle, feedback: 3}]", "feedback should be text"),
        ("trials: [{env: CL-Conlang-v0, agent: oracle, placebo: maybe}]", "placebo should be true or false"),
        ("trials: [{env: CL-Conlang-v0, agent: oracle, seeds: x}]", "is not a list of numbers"),
    ],
)
def test_a_suite_that_says_something_else_is_refused_with_the_reason(tmp_path, text, said):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises((InvalidSetting, UnknownName), match=said):
        load_suite(str(path))


def test_suites_that_come_with_clgym_can_be_run():
    from clgym.sweep import check

    for name in suites():
        suite = load_suite(name)
        check(suite.trials)
        assert suite.about and suite.trials
    with pytest.raises(UnknownName, match="families"):
        load_suite("familes")


def test_our_suites_ask_every_family_and_every_probe():
    rows = {row.id: "probe" in row.tags for row in FAMILIES}
    asked = {name: {trial.env for trial in load_suite(name).trials} for name in ("families", "probes")}
    # A sequence needs more steps than one family; it is measured apart.
    assert asked["families"] == {row.id for row in FAMILIES if not {"probe", "sequence"} & set(row.tags)}
    assert asked["probes"] == {name for name, probe in rows.items() if probe}
