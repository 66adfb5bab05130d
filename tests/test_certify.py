"""The certificate finds what is wrong with a family, and says what is right."""

from __future__ import annotations

import json

import pytest

from clgym import certify
from clgym.certify.plan import checkpoints
from clgym.certify.run import result_of
from clgym.certify.verdicts import PROMISES, Row
from clgym.cli import main
from clgym.testing.families import family_cases


def certified(env: str, out, **settings):
    jobs = certify.plan(certify.Settings((f"toys:{env}",), worlds=(0, 1), queries=48, quick=True, **settings))
    certify.run(jobs, out)
    return jobs, certify.certificate(jobs, out)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return certified("SignFamily", tmp_path_factory.mktemp("sound"))


def verdicts(data, row: int = 0) -> dict[str, str]:
    return {name: promise["verdict"] for name, promise in data["rows"][row]["promises"].items()}


def test_a_sound_family_is_certified(sound):
    _, data = sound
    found = verdicts(data)
    for name in (
        "prompts leak nothing (ideal)",
        "prompts leak nothing (counting)",
        "plateau, correction",
        "plateau, diagnosis",
        "depth",
        "coverage",
        "learner: its own history",
        "learner: loses to nobody simpler",
    ):
        assert found[name] == "holds", (name, data["rows"][0]["promises"][name])
    assert found["drift"] == "not measured"  # a quick look takes none
    steps = data["rows"][0]["steps"]
    assert steps["correction"]["0.9"][0] <= steps["diagnosis"]["0.9"][0] <= steps["score"]["0.9"][0]
    assert steps["blind"]["0.5"][0] == float("inf")


def test_words_that_say_no_more_than_the_answer_are_seen(sound):
    """Its correction adds no words to the answer: no faster than gold, which is what the certificate has to say."""
    assert verdicts(sound[1])["words teach: correction / gold"] == "falls short"


def test_prompts_that_tell_the_answer_are_seen(tmp_path):
    _, data = certified("LeakyFamily", tmp_path)
    assert verdicts(data)["prompts leak nothing (ideal)"] == "falls short"


@pytest.mark.parametrize(
    ("level", "earned", "verdict"), [(3, 0.45, "holds"), (3, 0.6, "falls short"), (0, 1.0, "holds"), (2, 0.9, "holds")]
)
def test_what_a_reader_of_forty_solved_exchanges_earns_is_bounded_at_the_last_level(sound, level, earned, verdict):
    """What it earns later does not count against a level."""
    points = [
        {"step": step, "eval": value, "words": 9 * step}
        for step, value in ((0, 0.1), (20, earned), (40, earned - 0.05), (800, 1.0))
    ]
    row = Row("CL-Any-v0", level, 1, {"gold": [(sound[0][0], {"points": points})]})
    assert PROMISES["more than a page (reader of 40)"](row) == (verdict, f"{earned:.2f} after 40 solved exchanges")


def test_a_learner_that_raises_fails_its_cell_alone_and_is_tried_again(tmp_path):
    jobs, data = certified("BrokenFamily", tmp_path)
    found = verdicts(data)
    assert found["depth"] == "failed" and "a sign of zero" in data["rows"][0]["promises"]["depth"]["figure"]
    assert found["no shortcut (copier)"] == "holds"
    assert "ZeroDivisionError" in certify.page(data)
    again = []
    certify.run(jobs, tmp_path, done=lambda job, result: again.append(job.kind))
    assert set(again) == {"blind", "score", "diagnosis", "gold", "correction"}


def test_what_is_measured_is_kept(sound, tmp_path):
    jobs, data = certified("SignFamily", tmp_path)
    certify.run(jobs, tmp_path, done=lambda job, result: pytest.fail(f"{job} was measured again"))
    assert json.dumps(data) == json.dumps(certify.certificate(jobs, tmp_path)) == json.dumps(sound[1]) or _but_seconds(
        data, sound[1]
    )
    assert all(result_of(job, tmp_path) for job in jobs)


def _but_seconds(one, other) -> bool:
    return [row["curves"] for row in one["rows"]] == [row["curves"] for row in other["rows"]]


def test_workers_measure_the_same(sound, tmp_path):
    jobs = [job for job in sound[0] if job.kind in ("correction", "coverage")]
    certify.run(jobs, tmp_path, workers=2)
    kept = {key: certify.certificate(jobs, tmp_path)["rows"][0][key] for key in ("steps", "end")}
    assert kept["steps"]["correction"] == sound[1]["rows"][0]["steps"]["correction"]
    assert kept["end"]["correction"] == sound[1]["rows"][0]["end"]["correction"]


def test_a_family_without_a_learner_is_not_certified(tmp_path):
    jobs = [
        job
        for job in certify.plan(certify.Settings(("Probe-Grammar-v0",), levels=(0,), worlds=(0,), quick=True))
        if job.kind in ("blind", "correction")
    ]
    certify.run(jobs, tmp_path)
    assert verdicts(certify.certificate(jobs, tmp_path))["depth"] == "not certified"


def test_breadth_makes_it_deeper(sound, tmp_path):
    _, broad = certified("SignFamily", tmp_path, breadths=(8,))
    assert broad["rows"][0]["steps"]["correction"]["0.8"][0] > 2 * sound[1]["rows"][0]["steps"]["correction"]["0.8"][0]


def test_checkpoints_are_dense_at_the_start_and_reach_the_end():
    marks = checkpoints(1_000)
    assert marks[:5] == [0, 1, 2, 3, 5] and marks[-1] == 1_000 and marks == sorted(set(marks))
    assert checkpoints(4) == [0, 1, 2, 3, 4]


def test_the_command_writes_a_page_a_figure_and_json(tmp_path, capsys):
    page = tmp_path / "page" / "certificate.md"
    arguments = ["certify", "toys:SignFamily", "--quick", "--worlds", "0", "--out", str(tmp_path / "out"), "--output", str(page)]
    assert main(arguments) == 0
    assert "| depth | **holds**" in page.read_text()
    data = json.loads(page.with_suffix(".json").read_text())
    assert data["rows"][0]["steps"]["blind"]["0.5"] == [None, None, None]  # never: JSON has no infinity
    svg = (page.parent / "certificate-toys_SignFamily.svg").read_text()
    assert svg.count("<polyline") == 5 and "correction" in svg
    capsys.readouterr()
    assert main(["certify", "CL-Nothing-v0", "--quick"]) != 0 and "CL-Nothing-v0" in capsys.readouterr().err
    assert main(["certify", "toys:SignFamily", "--levels", "7", "--out", str(tmp_path / "out")]) != 0


@pytest.mark.parametrize(("family", "check"), [("PeekingFamily", "learners"), ("NamelessFamily", "siblings")])
def test_the_contract_sees_learners_that_peek_and_siblings_without_a_name(family, check):
    case = next(case for case in family_cases(f"toys:{family}") if case.check == check)
    assert case.run().problems
    assert not next(case for case in family_cases("toys:SignFamily") if case.check == check).run().problems
