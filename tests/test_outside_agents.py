"""Agents that are programs (``exec:``) and servers (``http:``): real ones, well and badly behaved, alone and in whole trials."""

from __future__ import annotations

import gc
import json
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from clgym import Agent, Answer, Cost, Experience, MultipleChoice, registry
from clgym.errors import AgentProgramError, AgentServerError, InvalidSetting
from clgym.outside import server as http_agents
from clgym.outside.wire import LONGEST_REPLY, STATE_FILE, TIMEOUT_VARIABLE
from clgym.protocol import ThetaChanged, Trial, run_trial
from clgym.records import RECORDS_FILE, RESULT_FILE, BlockRecord, LearnRecord, StepRecord
from clgym.sweep.plan import check_agent
from clgym.testing import check_agent as check_agent_of

HELLO = ({"role": "user", "content": "hello"},)

TRIAL = Trial(
    "CL-Playbook-v0",
    "mine",
    steps=16,
    batch=2,
    eval_size=4,
    transfer_size=2,
    guard_size=2,
    probe_size=0,
    control_size=4,
    checkpoints=(8,),
)

#: A learner as its author would write it: the last correction to each prompt, and how often each was learned from.
DIARY = """
import json, pathlib, sys

known = {}
for line in sys.stdin:
    request = json.loads(line)
    reply, method = {"id": request["id"]}, request["method"]
    if method == "hello":
        reply.update(protocol=1, methods=["act", "learn", "save", "load", "describe"], attempts=2)
    elif method == "act":
        prompts = [conversation[0]["content"] for conversation in request["conversations"]]
        reply["answers"] = [
            {"text": known.get(prompt, (options or [""])[len(known) % max(1, len(options))]), "cost": {"seconds": 0.01, "prompt_tokens": len(prompt)}}
            for prompt, options in zip(prompts, request["options"])
        ]
    elif method == "learn":
        known.update((e["prompt"], e["correction"]) for e in request["experiences"])
        reply["cost"] = {"seconds": 0.01, "flops": float(len(known))}
    elif method == "save":
        pathlib.Path(request["folder"], "diary.json").write_text(json.dumps(known))
    elif method == "load":
        known = json.loads(pathlib.Path(request["folder"], "diary.json").read_text())
    elif method == "describe":
        reply["theta"] = {"memory_items": len(known)}
    print(json.dumps(reply))
"""

#: Does what the first argument says at every request but the first, whose answer is a hello.
ODD = """
import json, os, subprocess, sys, time

def reply(request, **members):
    print(json.dumps({"id": request["id"], **members}), flush=True)

for line in sys.stdin:
    request = json.loads(line)
    if request["method"] == "hello":
        reply(request, protocol=1, methods=["act", "learn"])
        continue
    if sys.argv[1] == "raw":
        sys.stdout.buffer.write(eval(sys.argv[2]))
        sys.stdout.flush()
    elif sys.argv[1] == "reply":
        reply(request, **json.loads(sys.argv[2]))
    elif sys.argv[1] == "run":
        exec(sys.argv[2])
"""


def written(folder: Path, code: str, name: str = "agent.py") -> str:
    """The spec of a program with this code."""
    file = folder / name
    file.write_text(code)
    return f"exec:{shlex.quote(sys.executable)} {shlex.quote(str(file))}"


def odd(folder: Path, *arguments: str) -> Agent:
    return registry.make_agent(f"{written(folder, ODD)} {shlex.join(arguments)}")


def experience(prompt: str, correction: str) -> Experience:
    return Experience(({"role": "user", "content": prompt},), "", 0.0, "", True, "wrong", "learn/0", correction=correction)


def gone(process: int) -> bool:
    """Whether a process has ended; a killed one that nobody waits for yet has."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def comes_true(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def bytes_of(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in (RECORDS_FILE, RESULT_FILE)]


# -- programs -------------------------------------------------------------------------------------------------------------


def test_a_program_answers_learns_and_is_restored(tmp_path):
    spec = written(tmp_path, DIARY)
    agent = registry.make_agent(spec, seed=1)
    assert agent.learns and agent.saves and agent.attempts == 2
    assert agent.act([MultipleChoice(HELLO, ("yes", "no"))]) == [Answer("yes", Cost(prompt_tokens=5, seconds=0.01))]
    assert agent.learn([experience("hello", "grüezi \ud800")]) == Cost(flops=1.0, seconds=0.01)
    assert [answer.text for answer in agent.act([HELLO, HELLO])] == ["grüezi \ud800"] * 2
    assert agent.describe() == {"memory_items": 1} and agent.flush() is None
    theta = tmp_path / "theta"
    theta.mkdir()
    agent.save(theta)
    twin = registry.make_agent(spec)
    twin.load(theta)
    assert twin.digest() == agent.digest() != registry.make_agent(spec).digest()


def test_what_save_gives_as_state_comes_back_with_load(tmp_path):
    code = ODD.replace('methods=["act", "learn"]', 'methods=["act", "save", "load"]')
    spec = (
        written(tmp_path, code) + ' run \'reply(request, state={"seen": [1, None]}, answers=[json.dumps(request.get("state"))])\''
    )
    agent = registry.make_agent(spec)
    agent.save(tmp_path)
    assert json.loads((tmp_path / STATE_FILE).read_text()) == {"seen": [1, None]}
    agent.load(tmp_path)
    received = registry.make_agent(f"{written(tmp_path, code)} run 'print(line, file=sys.stderr); sys.exit(1)'")
    with pytest.raises(AgentProgramError, match=r'"state":\{"seen":\[1,null\]\}'):
        received.load(tmp_path)


def test_the_program_is_told_the_protocol_the_seed_and_whether_it_is_frozen(tmp_path):
    code = "import sys\nfor line in sys.stdin:\n    print(line, file=sys.stderr)\n    sys.exit(4)"
    with pytest.raises(AgentProgramError, match=r'(?s)at hello: .*exit code 4.*\{"id":1,"method":"hello","protocol":1,"seed":7\}'):
        registry.make_agent(written(tmp_path, code), seed=7).act([HELLO])
    agent = odd(tmp_path, "run", 'reply(request, answers=[str(request["frozen"])])')
    with agent.evaluating():
        assert agent.act([HELLO])[0].text == "True"
    assert agent.act([HELLO])[0].text == "False"


def test_a_program_in_two_lines_of_another_language(tmp_path):
    if not shutil.which("jq"):
        pytest.skip("jq is not installed")
    file = tmp_path / "agent"
    file.write_text(blocks_of_the_page("text")[0])
    file.chmod(0o755)
    assert registry.make_agent(f"exec:{file}").act([MultipleChoice(HELLO, ("yes", "no"))])[0].text == "yes"


def blocks_of_the_page(language: str) -> list[str]:
    page = Path(__file__).resolve().parents[1] / "docs" / "agents-outside.md"
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_functions_and_objects_of_the_page_are_agents():
    names: dict[str, Any] = {"__name__": "page"}
    exec(blocks_of_the_page("python")[0], names)
    assert [agent.act([HELLO])[0].text for agent in names["agents"]] == ["yes", "HELLO", ""]


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_the_programs_of_the_page_learn_in_a_trial(language, tmp_path):
    runtime = {"python": sys.executable, "javascript": shutil.which("node")}[language]
    if not runtime:
        pytest.skip("node is not installed")
    file = tmp_path / "agent"
    file.write_text(blocks_of_the_page(language)[-1])
    spec = f"exec:{runtime} {file}"
    records = run_trial(replace(TRIAL, agent=spec), tmp_path / "t")
    assert len(records.of(LearnRecord)) == 9 and records.result["theta_proven_unchanged"]
    agent, twin = registry.make_agent(spec), registry.make_agent(spec)
    agent.learn([experience("hello", "HELLO")])
    agent.save(tmp_path)
    twin.load(tmp_path)
    assert twin.act([HELLO])[0].text == "HELLO"


def test_large_requests_and_replies_pass_whatever_is_written_to_stderr(tmp_path):
    noisy = 'sys.stderr.write("x" * 300_000); sys.stderr.flush(); reply(request, answers=[c[0]["content"] for c in request["conversations"]])'
    long = [({"role": "user", "content": str(place) * 400_000},) for place in range(4)]
    answers = odd(tmp_path, "run", noisy).act(long)
    assert [answer.text for answer in answers] == [conversation[0]["content"] for conversation in long]


def test_a_program_says_how_its_answers_ended_and_what_it_thought(tmp_path):
    answers = [{"text": "a", "stop": stop, "thoughts": "hm"} for stop in ("end", "length", "thoughts", "refusal")]
    code = f"reply(request, answers={answers!r} + [{{'text': 'b'}}, 'c'])"
    given = odd(tmp_path, "run", code).act([HELLO] * 6)
    assert [(answer.stop, answer.thoughts) for answer in given[:4]] == [(a["stop"], a["thoughts"]) for a in answers]
    assert given[4:] == [Answer("b"), Answer("c")]


REPLIES = {
    "no answers": ("{}", 'gave "answers" of null to 1 conversations'),
    "too many answers": ('{"answers": ["a", "b"]}', "gave 2 answers to 1 conversations"),
    "an answer of a number": ('{"answers": [1]}', 'an answer is 1, expected {"text": "..."}'),
    "an answer without text": ('{"answers": [{"answer": "a"}]}', 'an answer is {"answer": "a"}'),
    "an unknown cost": (
        '{"answers": [{"text": "a", "cost": {"euros": 1}}]}',
        'a cost is {"euros": 1}, expected an object with some of prompt_tokens',
    ),
    "a negative cost": ('{"answers": [{"text": "a", "cost": {"flops": -1}}]}', "a cost has flops -1, expected a number from 0"),
    "half a token": ('{"answers": [{"text": "a", "cost": {"prompt_tokens": 0.5}}]}', "expected a whole number from 0"),
    "an unknown stop": (
        '{"answers": [{"text": "a", "stop": "eos"}]}',
        'stop "eos", expected one of end, length, thoughts, refusal',
    ),
    "a stop that is no word": ('{"answers": [{"text": "a", "stop": ["end"]}]}', 'stop ["end"], expected one of end'),
    "a way out of a grade": (
        '{"answers": [{"text": "", "stop": "filter"}]}',
        'stop "filter", which is for models that clgym asks itself: such an answer is not graded',
    ),
    "thoughts of a list": ('{"answers": [{"text": "a", "thoughts": ["hm"]}]}', 'thoughts ["hm"], expected a string'),
    "an error": ('{"error": "out of ideas"}', 'it says that it could not: "out of ideas"'),
    "another id": ('{"id": 99, "answers": ["a"]}', "answered with id 99 to the request with id 2"),
}


@pytest.mark.parametrize("case", REPLIES)
def test_a_reply_of_another_shape_is_quoted_with_what_was_expected(case, tmp_path):
    reply, words = REPLIES[case]
    with pytest.raises(AgentProgramError) as raised:
        odd(tmp_path, "run", f"print(json.dumps({{'id': request['id'], **json.loads({reply!r})}}), flush=True)").act([HELLO])
    assert words in str(raised.value) and "at act: " in str(raised.value)


JUNK = {
    "a log line": ('b"Loading the model...\\n"', r"gave 'Loading the model\.\.\.', which is no JSON object.*belongs on stderr"),
    "a list": (r'b"[1, 2]\n"', r"gave '\[1, 2\]', which is no JSON object"),
    "NaN": (r"""b'{"id": 2, "answers": [{"text": "a", "cost": {"flops": NaN}}]}\n'""", "no JSON object"),
    "no text": (r'b"\xff\xfe\x00\n"', "no JSON object"),
    "deep": (r'b"[" * 100_000 + b"\n"', r"no JSON object"),
    "an empty line": (r'b"\n"', "gave '', which is no JSON object"),
    "100 MB": (
        r'b"x" * 100_000_000 + b"\n"',
        rf"wrote 'x{{200}}'\.\.\. .* no end of line, and a reply has {LONGEST_REPLY:,} at most",
    ),
}


@pytest.mark.parametrize("case", JUNK)
def test_junk_on_the_pipe_is_quoted(case, tmp_path):
    code, words = JUNK[case]
    with pytest.raises(AgentProgramError, match=rf"(?s)at act: .*{words}.*the same command goes on"):
        odd(tmp_path, "raw", code).act([HELLO])


def test_a_line_too_many_is_found_at_the_next_request(tmp_path):
    agent = odd(tmp_path, "run", 'reply(request, answers=["a"]); print("done", flush=True)')
    assert agent.act([HELLO])[0].text == "a"
    with pytest.raises(AgentProgramError, match="gave 'done', which is no JSON object"):
        agent.act([HELLO])


DEATHS = {
    "raises": ("1 / 0", r"ended with exit code 1\. .*\n    ZeroDivisionError: division by zero$"),
    "exits": ("sys.exit(3)", r"ended with exit code 3\."),
    "is killed": ("os.kill(os.getpid(), 9)", r"ended by SIGKILL\."),
    "closes its output": ("os.close(1); time.sleep(60)", r"closed its output"),
}


@pytest.mark.parametrize("case", DEATHS)
def test_a_program_that_dies_is_named_with_its_exit_code_and_last_words(case, tmp_path):
    code, words = DEATHS[case]
    agent = odd(tmp_path, "run", code)
    with pytest.raises(AgentProgramError, match=rf"(?s)at learn: .*{words}"):
        agent.learn([experience("a", "b")])
    with pytest.raises(AgentProgramError, match="it was ended before"):
        agent.act([HELLO])


def test_a_program_that_hangs_is_killed_with_everything_it_started(tmp_path, monkeypatch):
    pids = tmp_path / "pids"
    code = (
        'child = subprocess.Popen(["sleep", "1000"]); '
        f'open({str(pids)!r}, "w").write(f"{{os.getpid()}} {{child.pid}}"); print("thinking", file=sys.stderr); time.sleep(1000)'
    )
    agent = odd(tmp_path, "run", code)
    assert agent.learns  # it has started: what follows is not the time that Python takes
    monkeypatch.setenv(TIMEOUT_VARIABLE, "2")
    with pytest.raises(AgentProgramError, match=r"(?s)gave no answer within 2 s.*flushes.*CLGYM_AGENT_TIMEOUT.*\n    thinking"):
        agent.act([HELLO])
    assert comes_true(lambda: all(gone(int(process)) for process in pids.read_text().split()))
    for wrong in ("soon", "0", "nan", "-1"):
        monkeypatch.setenv(TIMEOUT_VARIABLE, wrong)
        with pytest.raises(InvalidSetting, match=f"{TIMEOUT_VARIABLE} is '{wrong}'"):
            odd(tmp_path, "run", "").act([HELLO])


def test_half_a_line_is_shown_where_its_end_never_comes(tmp_path, monkeypatch):
    agent = odd(tmp_path, "raw", "b'{\"id\": 2, '")
    assert agent.learns
    monkeypatch.setenv(TIMEOUT_VARIABLE, "1")
    with pytest.raises(AgentProgramError, match=r"within 1 s; it wrote '\{\"id\": 2, ' and no end of line"):
        agent.act([HELLO])


def test_programs_that_cannot_be_started(tmp_path):
    plain, scriptless, lost = (tmp_path / name for name in ("plain", "scriptless", "lost"))
    plain.write_text("#!/bin/sh\n")
    scriptless.write_text("print('hello')\n")
    lost.write_text("#!/no/such/interpreter\n")
    for file in (scriptless, lost):
        file.chmod(0o755)
    for command, words in {
        f"{tmp_path}/nothing": "there is no program .*nothing in",
        "no-such-program-at-all": "on the PATH; one in this folder is exec:./no-such-program-at-all",
        str(plain): "is not executable: chmod \\+x",
        str(scriptless): "a script begins with a line like #!/usr/bin/env python3",
        str(lost): "the interpreter that its first line",
    }.items():
        with pytest.raises(AgentProgramError, match=words):
            registry.make_agent(f"exec:{command}").act([HELLO])
    with pytest.raises(InvalidSetting, match="cannot be split"):
        registry.make_agent("exec:'open")
    with pytest.raises(InvalidSetting, match="followed by a program"):
        registry.make_agent("exec: ")


HELLOS = {
    "another protocol": ('{"protocol": 2}', "speaks protocol 2, and this clgym speaks 1"),
    "no protocol": ("{}", "speaks protocol None"),
    "no act": ('{"protocol": 1, "methods": ["learn"]}', 'methods are ["learn"], expected a list with "act" in it'),
    "save alone": ('{"protocol": 1, "methods": ["act", "save"]}', "one of save and load"),
    "no attempts": ('{"protocol": 1, "attempts": 0}', "attempts are 0, expected a whole number from 1"),
}


@pytest.mark.parametrize("case", HELLOS)
def test_a_hello_that_cannot_be_is_refused(case, tmp_path):
    reply, words = HELLOS[case]
    code = (
        f"import json\nrequest = json.loads(input())\nprint(json.dumps({{'id': request['id'], **json.loads({reply!r})}}))\ninput()"
    )
    with pytest.raises(AgentProgramError) as raised:
        registry.make_agent(written(tmp_path, code)).act([HELLO])
    assert words in str(raised.value)


def test_a_program_begins_when_it_is_asked_and_ends_with_its_agent(tmp_path):
    ended = tmp_path / "ended"
    code = 'reply(request, answers=[str(os.getpid())])\nimport atexit\natexit.register(lambda: open(sys.argv[3], "w").close())'
    agents = [odd(tmp_path, "run", code, str(ended)) for _ in range(3)]
    pids = [int(agent.act([HELLO])[0].text) for agent in agents[:2]]
    assert len(set(pids)) == 2 and not any(map(gone, pids)), "two trials at once have a process each"
    assert not ended.exists()
    del agents[0]
    gc.collect()
    assert gone(pids[0]) and not gone(pids[1]) and ended.exists(), "it read the end of its input and finished by itself"


def test_ctrl_c_leaves_no_program_behind(tmp_path):
    pids = tmp_path / "pids"
    wait = f'open({str(pids)!r}, "a").write(f"{{os.getpid()}} "); time.sleep(1000)'
    spec = f"{written(tmp_path, ODD)} run {shlex.quote(wait)}"
    # A shell's background job has SIGINT switched off, and so would its children.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += f"from clgym import registry\nregistry.make_agent({spec!r}).act([[{{'role': 'user', 'content': 'hello'}}]])"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    assert comes_true(lambda: pids.exists() and pids.read_text().endswith(" "), 120)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert gone(int(pids.read_text()))


# -- servers --------------------------------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    server: Diaries
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append(request)
            odd = self.server.script.pop(0) if self.server.script and request["method"] != "hello" else None
        try:
            if odd is None:
                self.reply(200, json.dumps({"id": request["id"], **self.server.answer(request)}).encode())
            else:
                odd(self)
        except OSError:  # whoever asked has gone
            self.close_connection = True

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class Diaries(ThreadingHTTPServer):
    """The learner of :data:`DIARY` as a server: one diary for each session. ``script`` is what the next requests but hellos get."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.requests: list[dict[str, Any]] = []
        self.script: list[Callable[[Handler], None]] = []
        self.diaries: dict[str, dict[str, str]] = {}
        self.spec = f"http://127.0.0.1:{self.server_port}/agent?key=1"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        known = self.diaries.setdefault(request["session"], {})
        match request["method"]:
            case "hello":
                return {"protocol": 1, "methods": ["act", "learn", "save", "load"]}
            case "act":
                return {"answers": [known.get(conversation[0]["content"], "") for conversation in request["conversations"]]}
            case "learn":
                known.update((e["prompt"], e["correction"]) for e in request["experiences"])
            case "save":
                return {"state": known}
            case "load":
                self.diaries[request["session"]] = request["state"]
        return {}


@pytest.fixture
def diaries(monkeypatch: pytest.MonkeyPatch) -> Iterator[Diaries]:
    monkeypatch.setattr(http_agents, "FIRST_WAIT", 0.01)
    server = Diaries()
    yield server
    server.stopping.set()
    server.shutdown()
    server.server_close()


def test_a_server_answers_learns_and_is_restored_and_agents_do_not_mix(diaries, tmp_path):
    agent, other = registry.make_agent(diaries.spec), registry.make_agent(diaries.spec)
    agent.learn([experience("hello", "HELLO")])
    assert agent.act([HELLO])[0].text == "HELLO" and other.act([HELLO])[0].text == ""
    agent.save(tmp_path)
    other.load(tmp_path)
    assert other.act([HELLO])[0].text == "HELLO" and other.digest() == agent.digest()


def status(code: int, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.reply(code, b"the server's own words", **headers)


def raw(body: bytes) -> Callable[[Handler], None]:
    return lambda handler: handler.reply(200, body)


def hang_up(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def hang(handler: Handler) -> None:
    handler.server.stopping.wait(60)


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    while not handler.server.stopping.wait(0.1):
        handler.wfile.write(b" ")
        handler.wfile.flush()


#: What the server does at every try, how often it is asked to act while it is frozen and to learn, and what the error says.
TROUBLE = {
    "500": (status(500), 5, 1, r"answers 500 Internal Server Error: \"the server's own words\""),
    "503": (status(503), 5, 5, "answers 503"),
    "429": (status(429, Retry_After="0.01"), 5, 5, "answers 429"),
    "a long pause": (status(429, Retry_After="999"), 1, 1, "asks to wait 999 s"),
    "404": (status(404), 1, 1, "answers 404 Not Found"),
    "elsewhere": (status(301, Location="/other"), 1, 1, "answers 301"),
    "junk": (raw(b"<html>"), 1, 1, "gave '<html>', which is no JSON object"),
    "hangs up": (hang_up, 5, 1, "broke off"),
    "slow": (hang, 1, 1, "no answer within 1 s"),
    "ever so slow": (drip, 1, 1, "no answer within 1 s"),
    "endless": (raw(b"x" * (LONGEST_REPLY + 1)), 1, 1, f"a reply has {LONGEST_REPLY:,} bytes at most"),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_a_server_in_trouble_is_asked_again_only_where_nothing_can_come_twice(case, diaries, monkeypatch):
    reply, acted, learned, words = TROUBLE[case]
    agent = registry.make_agent(diaries.spec)
    assert agent.learns
    monkeypatch.setenv(TIMEOUT_VARIABLE, "1")
    for method, tries in (("act", acted), ("learn", learned)):
        diaries.requests.clear()
        diaries.script = [reply] * 9
        with pytest.raises(AgentServerError, match=rf"(?s)http://127.*, at {method}: .*{words}"), agent.evaluating():
            agent.act([HELLO]) if method == "act" else agent.learn([experience("a", "b")])
        assert [request["method"] for request in diaries.requests] == [method] * tries
    diaries.script = [status(503, Retry_After="0.01"), status(429)]
    monkeypatch.setenv(TIMEOUT_VARIABLE, "30")
    assert agent.act([HELLO]) == [Answer("")], "after the trouble it goes on"


def test_no_server_and_no_address(diaries, monkeypatch):
    diaries.shutdown()
    diaries.server_close()
    with pytest.raises(AgentServerError, match=r"at hello: the server cannot be reached \(.*refused.*tried 5 times"):
        registry.make_agent(diaries.spec).act([HELLO])
    for address, words in {
        "http:///agent": "expected http://host:port/path",
        "http://host:99999/": "no address",
        "https://me:secret@host/": "put no user or password into it",
    }.items():
        with pytest.raises(InvalidSetting, match=words) as raised:
            registry.make_agent(address)
        assert "secret" not in str(raised.value)


# -- whole trials ---------------------------------------------------------------------------------------------------------


def test_a_program_and_a_server_have_whole_trials_and_the_program_ends_with_its_trial(tmp_path, diaries):
    started = tmp_path / "started"
    record_start = f"import os\nwith open({str(started)!r}, 'a') as file: file.write(f'{{os.getpid()}} ')\n"
    for name, spec in {"exec": written(tmp_path, record_start + DIARY), "http": diaries.spec}.items():
        trial = replace(TRIAL, agent=spec, placebo=True)
        check_agent(trial)
        records = run_trial(trial, tmp_path / name)
        assert sum(record.experiences for record in records.of(LearnRecord) if record.arm == "learn") == 16
        assert records.result["theta_proven_unchanged"]
    assert records.trial.label == diaries.spec
    pids = [int(process) for process in started.read_text().split()]
    gc.collect()
    assert len(pids) == 2 and all(map(gone, pids)), "one for the trial, one for its placebo"


def test_a_program_that_never_learns_is_asked_by_many_at_once(tmp_path):
    code = ODD.replace('methods=["act", "learn"]', "")
    spec = f"""{written(tmp_path, code)} run 'reply(request, answers=[(options or [""])[0] for options in request["options"]])'"""
    records = run_trial(replace(TRIAL, agent=spec), tmp_path / "t")
    assert len(records.of(StepRecord)) == 16 and not records.of(LearnRecord)
    assert records.of(BlockRecord)[-1].reused


def test_a_program_whose_act_changes_what_it_saves_is_found_out(tmp_path):
    restless = DIARY.replace('reply["answers"] =', 'known[str(len(known))] = "asked"; reply["answers"] =')
    with pytest.raises(ThetaChanged):
        run_trial(replace(TRIAL, agent=written(tmp_path, restless)), tmp_path / "t")


def test_a_program_that_dies_leaves_a_trial_that_the_same_command_ends_with_the_same_bytes(tmp_path):
    run_trial(replace(TRIAL, agent=written(tmp_path, DIARY)), tmp_path / "undisturbed", save_every=2)
    died = tmp_path / "died"
    mortal = DIARY.replace(
        'elif method == "learn":',
        f'elif method == "learn":\n        if len(known) > 6 and not open({str(died)!r}, "a").tell(): open({str(died)!r}, "a").write("x"); sys.exit(5)',
    )
    trial = replace(TRIAL, agent=written(tmp_path, mortal))
    with pytest.raises(AgentProgramError, match="exit code 5"):
        run_trial(trial, tmp_path / "disturbed", save_every=2)
    run_trial(trial, tmp_path / "disturbed", save_every=2)
    assert bytes_of(tmp_path / "disturbed") == bytes_of(tmp_path / "undisturbed")


def test_killed_with_its_program_a_trial_goes_on_to_the_same_bytes(tmp_path):
    started = tmp_path / "started"
    slow = f"import os, time\nwith open({str(started)!r}, 'a') as file: file.write(f'{{os.getpid()}} ')\n" + DIARY.replace(
        'elif method == "learn":', 'elif method == "learn":\n        time.sleep(0.05)'
    )
    trial = replace(TRIAL, agent=written(tmp_path, slow), steps=64, checkpoints=(16, 32, 48))
    run_trial(trial, tmp_path / "undisturbed", save_every=4)
    started.unlink()
    folder = tmp_path / "killed"
    code = (
        "import json, sys, pathlib\nfrom clgym.protocol import Trial, run_trial\n"
        f"run_trial(Trial(**json.loads({json.dumps(trial.to_json())!r})), pathlib.Path({str(folder)!r}), save_every=4)"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    state = folder / "state.json"
    assert comes_true(lambda: state.exists() and json.loads(state.read_text())["lines"] > 40, 120)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / RESULT_FILE).exists()
    assert comes_true(lambda: all(gone(int(pid)) for pid in started.read_text().split())), "it reads the end of its input"
    run_trial(trial, folder, save_every=4)
    assert bytes_of(folder) == bytes_of(tmp_path / "undisturbed")


def test_a_program_that_can_no_longer_be_restored_is_named(tmp_path):
    agent = registry.make_agent(written(tmp_path, ODD))
    (tmp_path / "empty").mkdir()
    agent.load(tmp_path / "empty")
    with pytest.raises(AgentProgramError, match="names no load any more"):
        agent.load(tmp_path)


def test_programs_pass_the_check_that_every_agent_passes(tmp_path):
    learner = written(tmp_path, blocks_of_the_page("python")[-1], "learner.py")
    constant = written(tmp_path, ODD.replace('methods=["act", "learn"]', ""))
    for spec in (learner, f"""{constant} run 'reply(request, answers=["x"] * len(request["options"]))'"""):
        check_agent_of(spec)
