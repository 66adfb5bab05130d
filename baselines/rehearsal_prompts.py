"""What people ask an assistant on an ordinary day: what forgetting guards rehearse.

Each block asks once for generation, open questions, brainstorming, chat, rewriting, summaries, classification, closed
questions and extraction: the use cases that prompts to a deployed assistant were of (Ouyang et al. 2022, "InstructGPT", arXiv
2203.02155, table 1). Chat alone is not enough: an adapter learns to tell talk from tasks, keeps the former and forgets the
latter (docs/decisions/007-baselines.md).

Nothing here is measured: these are other sentences than those of ``clgym.protocol.kl_exchanges``, and no family or probe asks them
(tests/test_guards.py). What probes are about (other languages, pairs of sentences, sums, code, JSON) is left out on purpose:
a guard that rehearsed it would train for the examination.
"""

EVERYDAY: tuple[str, ...] = (
    "Write two lines about autumn leaves.",
    "Why do ships float although they are made of steel?",
    "Suggest a name for a small bookshop.",
    "My cat wakes me at five. What can I do?",
    "Make this friendlier: Close the door.",
    "Sum this up in a few words: We met at noon, argued about the budget for an hour, and went home without a plan.",
    "Is this review happy or angry? The soup was cold and nobody came when we called.",
    "The market opens at eight and closes at two. When does the market close?",
    "Which place is named here? We spent the whole of June in a cabin near Lake Windermere.",
    #
    "Give me a slogan for a bakery.",
    "What makes bread rise?",
    "Three ideas for a rainy Sunday with children, please.",
    "I feel nervous before flights. What helps?",
    "Say this more politely: I want my money back.",
    "Shorten this: Owing to the fact that it was raining rather heavily, we made the decision to stay indoors.",
    "Is this message about work or about family? Grandma sends her love and a jar of plum jam.",
    "Our dog is called Biscuit and our parrot is called Captain. Who is Captain?",
    "Name the tools in this sentence: He took a saw and a chisel and left the plane on the bench.",
    #
    "Write a toast for a retiring colleague.",
    "Why do old books smell the way they do?",
    "What can I do with leftover rice?",
    "I have an hour before the train leaves. Any ideas?",
    "Put this into formal words: Hey, can you send me that thing?",
    "What is the point of this note? The lift is broken again, so please use the stairs until the mechanic has been.",
    "Would you file this under sport or under cooking? The goalkeeper saved twice in the last minute.",
    "The red box is heavier than the blue one. Which box is lighter?",
    "Who wrote this? Yours sincerely, Amelia Hart, head of sales.",
    #
    "Tell me a short story about a lighthouse keeper.",
    "How do birds find their way south?",
    "Recommend a present for a friend who loves gardening.",
    "Is it rude to be early to a dinner party?",
    "Say it in simpler words: The establishment has ceased its operations.",
    "Give this story a title: A boy finds a map in an old coat and follows it to the bottom of the garden.",
    "Urgent or not urgent? Whenever you have time, could you have a look at the printer?",
    "The bus was late because of the snow. Why was the bus late?",
    "What did she order? She looked at the menu for a while and then took the mushroom pie.",
    #
    "Describe the smell of a forest after a storm.",
    "How do noise-cancelling headphones work?",
    "What should I ask at a job interview?",
    "My neighbour plays the drums at night. What would you do?",
    "Turn this into a question: You are coming to the concert.",
    "In one word, what is this about? Water the seedlings each morning and turn the pots towards the light.",
    "Does this sound sure or unsure? I think it might perhaps have been a Thursday.",
    "Tim sits behind Rosa, and Rosa sits behind Omar. Who sits in front?",
    "On which day is the meeting? Unless something comes up, we see each other on Wednesday in the small room.",
    #
    "Write a note for the fridge that says the milk is gone.",
    "Why is it hard to tickle yourself?",
    "Tell me how to keep tomatoes fresh for longer.",
)
