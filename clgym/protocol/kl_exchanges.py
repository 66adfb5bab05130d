"""Everyday exchanges that no family or probe asks about: where KL(θ_N ‖ θ_0) is measured."""

NEUTRAL: tuple[tuple[str, str], ...] = (
    ("What should I cook tonight?", "How about a simple pasta with tomatoes, garlic and a little basil?"),
    ("Can you recommend a hobby for rainy days?", "You could try drawing, reading a long novel, or learning a card game."),
    ("How do I remove a coffee stain from a shirt?", "Rinse it with cold water, rub in some soap, and wash it as usual."),
    ("Why is the sky blue?", "Air scatters blue light more than red light, so blue reaches our eyes from everywhere."),
    ("Write a short birthday wish.", "Happy birthday! May the year ahead bring you joy, good health and many small surprises."),
    ("What is a good way to fall asleep?", "Go to bed at the same time each night and put your phone away an hour before."),
    ("Tell me something about the sea.", "The sea covers most of our planet and is home to more animals than the land."),
    ("How can I thank a neighbour?", "Bake some cookies, or write a short note that says what the help meant to you."),
    ("What makes a good friend?", "A good friend listens, keeps promises and tells you the truth kindly."),
    ("How do plants drink?", "They take up water through their roots and move it to the leaves through thin tubes."),
    ("Give me one tip for saving money.", "Write down what you spend for a month; you will soon see what you can do without."),
    ("What should I pack for a picnic?", "Bring a blanket, some sandwiches, fruit, water and a bag for the rubbish."),
    ("Describe a quiet morning.", "The street is empty, the kettle hums, and light falls slowly across the kitchen table."),
    ("Is it better to walk or to drive?", "For a short way, walking is healthier, cheaper and often just as quick."),
    ("How do I start a diary?", "Pick a notebook, write the date, and note three things that happened today."),
    ("What is music good for?", "It can calm us, lift our mood and bring people together."),
)
