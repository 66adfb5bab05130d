"""The agents that the leaderboard starts with, one file each, and ``models``: the language models they drive."""
