"""How goals are put to an agent: frames around a clause, and what is said about the service and the answer."""

from __future__ import annotations

from clgym.envs.service.goals import Goal, clause
from clgym.envs.service.rules import Rules
from clgym.envs.service.spelling import Access
from clgym.envs.service.words import CUSTOMER
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


def access_of(rules: Rules, access: Access) -> str:
    """What an agent is given to get in."""
    if rules.level == 0:
        return ""
    tenant = f" The tenant is {access.tenant}." if rules["tenant"] != "none" else ""
    return f" Your key is {access.key}.{tenant}"


def documentation(goal: Goal, rules: Rules, other: str) -> str:
    """All conventions, and the particulars of the kinds that a goal is about and of another one."""
    kinds = {goal.kind, other, *([CUSTOMER] if rules.level >= 2 else [])}
    return " ".join(sentence for key, sentence in rules.described() if " " not in key or key.split(" ")[1].split("/")[0] in kinds)


def prompt_of(pool: str, goal: Goal, rules: Rules, access: Access, draw: Draw, other: str) -> str:
    """The whole prompt of a query."""
    text = clause(goal, draw)
    prompt = draw.choice(FRAMES).format(name=rules.service, clause=text, Clause=capital(text)) + access_of(rules, access)
    if pool == "transfer/python":
        return f"{prompt} {draw.choice(PYTHON)}" + (REPLIES if rules.level else "")
    prompt += " " + draw.choice(TURNS if rules.level else ANSWERS)
    if pool != "guard":
        return prompt
    return draw.choice(DOCUMENTED).format(name=rules.service, docs=documentation(goal, rules, other)) + "\n" + prompt
