"""How goals are put to an agent: frames around a clause, and what is said about the service and the answer."""

from __future__ import annotations

from clgym.envs.service.conventions import Conventions
from clgym.envs.service.goals import Goal
from clgym.envs.service.spelling import Access
from clgym.seeding import Draw
from clgym.text.english import capital

FRAMES = (
    "In {name}, {clause}.",
    "{Clause} in {name}.",
    "Please {clause} in {name}.",
    "Could you {clause} in {name}?",
    "For {name}: {clause}.",
    "Use {name} to {clause}.",
    "I need you to {clause} in {name}.",
    "A job for {name}: {clause}.",
    "We have to {clause} in {name}.",
    "Next in {name}: {clause}.",
)
ANSWERS = ("Answer with the HTTP request.", "Reply with one HTTP request.", "Give the HTTP request.", "Send the HTTP request.")
TURNS = (
    "Send one HTTP request per turn.",
    "Answer with one HTTP request at a time.",
    "Each of your replies is one HTTP request.",
    "Write one HTTP request; you will see what the service answers and may go on.",
)
PYTHON = (
    "Answer with Python that calls request(method, target, headers, body).",
    "Write Python for it; request(method, target, headers, body) sends a request.",
    "Do it in Python with request(method, target, headers, body).",
    "Reply with Python code that uses request(method, target, headers, body).",
)
#: What Python programs at level 1 and above need to know.
REPLIES = " It returns a reply with status, headers (a dict) and body (parsed JSON or None)."
DOCUMENTED = (
    "The service {name} is documented. {docs}",
    "This is all there is to know of {name}. {docs}",
    "{name} comes with documentation. {docs}",
    "From the manual of {name}: {docs}",
)


def task(goal: Goal, name: str, draw: Draw) -> str:
    """A goal as one sentence."""
    return draw.choice(FRAMES).format(name=name, clause=goal.clause, Clause=capital(goal.clause))


def access_of(conventions: Conventions, access: Access) -> str:
    """What an agent is given to get in."""
    if conventions.level == 0:
        return ""
    tenant = f" The tenant is {access.tenant}." if conventions["tenant"] != "none" else ""
    return f" Your key is {access.key}.{tenant}"


def prompt_of(pool: str, goal: Goal, conventions: Conventions, access: Access, draw: Draw) -> str:
    """The whole prompt of a query."""
    prompt = task(goal, conventions.service, draw) + access_of(conventions, access)
    if pool == "transfer/python":
        return f"{prompt} {draw.choice(PYTHON)}" + (REPLIES if conventions.level else "")
    prompt += " " + draw.choice(TURNS if conventions.level else ANSWERS)
    if pool != "guard":
        return prompt
    docs = " ".join(sentence for _, sentence in conventions.described())
    return draw.choice(DOCUMENTED).format(name=conventions.service, docs=docs) + "\n" + prompt
