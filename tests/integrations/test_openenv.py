"""The server of ``clgym serve``, over real sockets: what clients may get wrong, restarts, and how fast it is."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("openenv"), reason="openenv is not installed: make integrations")

ENV = "CL-Playbook-v0"


def served(*more: str):
    """``clgym serve`` as a program, and its address."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "clgym", "serve", ENV, "--port", str(port), *more]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert "at http://" in server.stdout.readline()
    for _ in range(600):
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return server, f"http://127.0.0.1:{port}"
        time.sleep(0.1)
    raise AssertionError("no server")


def client(url: str):
    from openenv import GenericEnvClient

    return GenericEnvClient(base_url=url).sync()


def test_what_clients_get_wrong_is_said_and_nothing_is_graded():
    import requests

    server, url = served()
    try:
        lost = requests.post(f"{url}/step", json={"action": {"text": "x"}}, timeout=30)
        assert lost.status_code == 409 and "WebSocket" in lost.json()["detail"] and lost.json()["type"] == "ResetNeeded"
        for body, word in (
            ({"pool": "eval", "index": 0}, "held out"),
            ({"index": 10**9}, "queries 0 to"),
            ({"indx": 3}, "Choices: seed"),
            ({"index": "3"}, ""),
        ):
            refused = requests.post(f"{url}/reset", json=body, timeout=30)
            assert refused.status_code == 422 and word in json.dumps(refused.json()), refused.text
        garbage = requests.post(f"{url}/reset", data="{not json", headers={"Content-Type": "application/json"}, timeout=30)
        assert garbage.status_code == 422
        with client(url) as one, client(url) as other:
            with pytest.raises(RuntimeError, match="no episode is under way"):
                one.step({"text": "x"})
            assert one.reset(index=3).observation["text"] != other.reset(index=4).observation["text"]
            for action in ({"txt": "x"}, {"text": "x", "extra": 1}, {}):
                with pytest.raises(RuntimeError, match="Invalid message"):
                    one.step(action)
            assert one.state()["step_count"] == 0 and not one.step({"text": 7}).reward
            with pytest.raises(RuntimeError, match="no episode is under way"):
                one.step({"text": "again"})
            assert one.reset(seed=5).observation == other.reset(seed=5).observation
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(20) in (0, 130)


def test_a_server_that_was_restarted_knows_no_episode():
    server, url = served()
    one = client(url)
    with one:
        one.reset(index=3)
        server.kill()
        server.wait(10)
        with pytest.raises(Exception):  # noqa: B017  (the connection is gone: whatever the client says)
            one.step({"text": "x"})
    server, url = served("--feedback", "correction", "--evaluate")
    try:
        with client(url) as again:
            with pytest.raises(RuntimeError, match="as this server"):
                again.step({"text": "x"})
            again.reset(index=0, pool="eval")
            assert again.step({"text": "x"}).done
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


@pytest.mark.slow
def test_episodes_a_second(capsys):
    server, url = served()
    try:
        with client(url) as one:
            began, count = time.perf_counter(), 0
            while time.perf_counter() - began < 5:
                one.reset(index=count % 100)
                one.step({"text": "x"})
                count += 1
        with capsys.disabled():
            print(f"\n{count / 5:.0f} episodes a second by one client")
        assert count > 50
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
