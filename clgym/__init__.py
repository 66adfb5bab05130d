"""clgym: continual learning after deployment, as Gymnasium envs.

    import gymnasium as gym, clgym
    env = gym.make("CL-Dialect-v0", level=1, world=3, feedback="diagnosis")
    observation, info = env.reset(seed=0)
    observation, reward, terminated, truncated, info = env.step("say(1 + 2)!")
    info["feedback"]

Importing this package registers the envs and loads no torch.
"""

from clgym._version import __version__
from clgym.agent import Agent, Answer, Conversation, Cost, Experience, Message, MultipleChoice
from clgym.core import FEEDBACK_LEVELS, FEEDBACKS, OUTCOMES, Episode, Family, Feedback, Grade, Misled, Query, Turn, World
from clgym.outside import as_agent
from clgym.registry import AgentRow, FamilyRow, ModelRow, gym_spec, load_family, make_agent, make_world, register, register_envs
from clgym.seeding import SPLITS, Draw, Seed, world_seed
from clgym.session import Said, Session
from clgym.spaces import UnicodeText

register_envs()

__all__ = [
    "FEEDBACKS",
    "FEEDBACK_LEVELS",
    "OUTCOMES",
    "SPLITS",
    "Agent",
    "AgentRow",
    "Answer",
    "Conversation",
    "Cost",
    "Draw",
    "Episode",
    "Experience",
    "Family",
    "FamilyRow",
    "Feedback",
    "Grade",
    "Message",
    "Misled",
    "ModelRow",
    "MultipleChoice",
    "Query",
    "Said",
    "Seed",
    "Session",
    "Turn",
    "UnicodeText",
    "World",
    "as_agent",
    "gym_spec",
    "load_family",
    "make_agent",
    "make_world",
    "register",
    "world_seed",
    "__version__",
]
