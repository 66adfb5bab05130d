"""A probe of following instructions: what is asked can be checked by reading the answer, and only that is checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clgym.core import Grade, malformed
from clgym.envs.probes.base import Item, Probe, generate, right, show, wrong
from clgym.envs.probes.instruction_checks import SEPARATORS, Check, failure, words
from clgym.envs.probes.instruction_groups import GROUPS, PROPER
from clgym.seeding import Draw, Seed
from clgym.text.answers import quoted, unwrap
from clgym.text.english import capital

_COUNT = 360
_LONGEST = 600
#: A sentence that begins with so many words of the instruction in a row is none of the agent's own.
_OWN = 3

_NOUNS = (
    "river house garden bridge teacher doctor window mountain letter forest kitchen village station market castle "
    "farmer baker sailor painter horse rabbit tiger monkey camel table ladder basket bottle blanket candle mirror hammer"
).split()
_ADJECTIVES = (
    "small quiet green happy heavy clever bright narrow lazy golden strange gentle proud simple young dark brave"
).split()
_VERBS = "watched painted carried followed found visited moved cleaned loved missed guarded reached admired forgot".split()
_NAMES = "Ana Tom Ines Karl Mira Omar Lena Hugo Ruth Paul Emma Noah Clara Felix Nora Simon Lucy Martin Alice Peter".split()
_OPENERS = "Every Our That This My The Another Some".split()
_MIDDLES = "the a our that this my".split()

_ORDERS = {"alphabetical": "alphabetical order", "reverse": "reverse alphabetical order"}


class Instructions(Probe):
    """Following instructions to the letter: does learning something new cost an agent its obedience?

    ## Description
    Small writing tasks whose demands can be checked by reading the answer: say one word, change the case of letters, repeat a
    sentence, count, end with a given word, list three things.

    ## Hidden rules
    None: everything that is asked for stands in the prompt.

    ## Observation
    One instruction; at level 1 several demands at once.

    ## Answer
    What was asked for and nothing else. What wraps the whole answer (a code fence, quotes, bold) is forgiven, a final full stop after
    repeated words too, where they are not what the instruction is about.

    ## Reward
    1 where every demand is met, else 0. Sentences must be plain ones of different words, items must be what was asked for.

    ## Feedback
    The first demand that is not met, with the words that break it; a correction shows an answer that would have done.

    ## Levels
    0: one demand, of sixteen kinds. 1: two to five demands at once, of nine kinds; a third of the lists and texts may be written in any words.

    ## Pools
    ``eval``: 360 instructions, drawn by seed.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.05: a constant, an echo or the answer to another instruction. The oracle earns 1.
    SmolLM2-135M-Instruct (the frozen agent) earned 0.22 and 0.00 on 64 items of the first training world of version 1.
    @MEASURED@

    ## Origin
    Written for clgym. Instructions that a program can verify: Zhou et al. (2023), "Instruction-Following Evaluation for Large
    Language Models".
    """

    name = "Probe-Instructions-v0"
    floors = (0.05, 0.05)
    longest = _LONGEST
    version = 2

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        return generate(seed, _COUNT, _HARD if level else _EASY)

    def form(self, item: Item) -> str:
        return "text"

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        if not answer.strip():
            return malformed(draw.choice(_EMPTY), show(item, draw))
        if len(answer) > self.longest:
            return malformed(f"The answer has {len(answer):,} characters; a short one was asked for.", show(item, draw))
        reason = _echo(item, answer) or failure(item.payload, answer)
        if not reason:
            return right(draw)
        return wrong(item, answer, draw, draw.choice(_REASONS).format(answer=quoted(answer), reason=reason))


_EMPTY = ("The answer is empty.", "Nothing was answered.", "There is no answer to read.")
_REASONS = (
    'You wrote "{answer}", but {reason}.',
    'In "{answer}" not everything is as asked: {reason}.',
    'That does not follow the instruction, because {reason}. Your words: "{answer}"',
)


def _echo(item: Item, answer: str) -> str:
    """Instructions are sentences too: giving one back is no sentence of one's own."""
    free = any(check.kind in ("sentences", "greets") for check in item.payload)
    text = " ".join(unwrap(answer).casefold().split())
    return "it only repeats the instruction" if free and " ".join(text.split()[:_OWN]) in item.prompt.casefold() else ""


def _item(prompt: str, answer: str, *checks: Check) -> Item:
    return Item(prompt, answer, payload=checks)


# Level 0: one demand


def _word(draw: Draw) -> Item:
    word = draw.choice(_NOUNS)
    prompt = draw.choice(
        (
            "Say the word {} and nothing else.",
            "Reply with one word: {}",
            "Answer with the single word {}.",
            "Write just this word: {}",
            "Your whole answer must be the word {}.",
            "Please say only {}.",
            "Type the word {} and stop.",
            "Respond with {} and no other word.",
        )
    ).format(word)
    return _item(prompt, word, Check("one of", (word, f"{word}.", word.capitalize(), f"{word.capitalize()}.", f'"{word}"')))


def _capitals(draw: Draw) -> Item:
    word = draw.choice(_NOUNS)
    prompt = draw.choice(
        (
            "Write the word {} in capital letters.",
            "Put the word {} into upper case.",
            "Write {} in all capitals.",
            "Spell the word {} with capital letters only.",
            "Turn {} into upper case letters.",
            "Shout the word {}: capital letters only.",
            "Write this word in upper case: {}",
            "How does {} look in capital letters? Give only the word.",
        )
    ).format(word)
    return _item(prompt, word.upper(), Check("same", word.upper()))


def _small(draw: Draw) -> Item:
    word = draw.choice(_NOUNS).upper()
    prompt = draw.choice(
        (
            "Write the word {} in small letters.",
            "Put the word {} into lower case.",
            "Write {} without any capital letter.",
            "Turn {} into lower case letters.",
            "Write this word in lower case: {}",
            "Spell {} with small letters only.",
            "Do not shout: write {} in lower case.",
            "How does {} look in small letters? Give only the word.",
        )
    ).format(word)
    return _item(prompt, word.lower(), Check("same", word.lower()))


def _sentence(draw: Draw, length: int = 5) -> str:
    """A plain sentence of so many words (at least five)."""
    one, two = draw.sample(_NOUNS, 2)
    adjectives = draw.sample(_ADJECTIVES, length - 5)
    before = adjectives[: len(adjectives) // 2]
    after = adjectives[len(before) :]
    return " ".join([draw.choice(_OPENERS), *before, one, draw.choice(_VERBS), draw.choice(_MIDDLES), *after, two]) + "."


def _repeat(draw: Draw) -> Item:
    place, adjective = draw.choice(_NOUNS), draw.choice(_ADJECTIVES)
    plain = (f"The {place} is {adjective}.", f"I see a {adjective} {place}.", f"We like the {place}.")
    sentence = draw.choice((_sentence(draw), *plain))
    prompt = draw.choice(
        (
            "Repeat this sentence: {}",
            "Say this again, word for word: {}",
            "Copy the sentence exactly: {}",
            "Write this down as it is: {}",
            "Repeat after me: {}",
            "Type the following sentence: {}",
            "Give this sentence back unchanged: {}",
            "Echo this: {}",
        )
    ).format(sentence)
    return _item(prompt, sentence, Check("same", sentence))


def _count(draw: Draw) -> Item:
    low, size = draw.weighted((1, draw.integer(2, 9)), (1, 1)), draw.integer(4, 9)
    numbers = tuple(str(number) for number in range(low, low + size))
    prompt = draw.choice(
        (
            "Count from {} to {}.",
            "Write the numbers from {} to {}.",
            "List the numbers {} to {} and nothing else.",
            "Please count from {} up to {}.",
            "Give the numbers from {} to {}.",
            "Start at {} and count to {}.",
            "Which numbers go from {} to {}? Only the numbers.",
            "Say all numbers from {} to {}, with commas between them.",
        )
    ).format(numbers[0], numbers[-1])
    return _item(prompt, ", ".join(numbers), Check("numbers", ("any", *numbers)))


def _ends(draw: Draw) -> Item:
    word = draw.choice(_NOUNS)
    prompt = draw.choice(
        (
            "Write a sentence that ends with the word {}.",
            "Write one sentence whose last word is {}.",
            "Make a sentence that ends with {}.",
            "Finish a short sentence with the word {}.",
            "Give me a sentence with {} as its last word.",
            "Write a sentence. Its last word must be {}.",
            "End a sentence of your own with the word {}.",
            "I need a sentence that closes with {}.",
        )
    ).format(word)
    return _item(prompt, f"The old man saw the {word}.", Check("sentences", 1), Check("last", word))


def _begins(draw: Draw) -> Item:
    word = draw.choice(_OPENERS)
    about = draw.choice(_NOUNS)
    prompt = draw.choice(
        (
            "Write one sentence about a {1} that begins with the word {0}.",
            "Begin a sentence about a {1} with the word {0}.",
            "Write a sentence with the word {1} in it. Its first word must be {0}.",
            "One sentence, please: first word {0}, and a {1} in it.",
            "Start with {0} and write one sentence about a {1}.",
            "Make a sentence about a {1} whose first word is {0}.",
            "A sentence on a {1}, please, whose first word is {0}.",
            "Write about a {1} in one sentence. Begin with {0}.",
        )
    ).format(word, about)
    checks = (Check("sentences", 1), Check("first", word), Check("mentions", about))
    return _item(prompt, f"{word} {about} looked very old.", *checks)


def _uses(draw: Draw) -> Item:
    word = draw.choice(_NOUNS)
    prompt = draw.choice(
        (
            "Write one sentence with the word {} in it.",
            "Use the word {} in a sentence.",
            "Make a sentence that has the word {}.",
            "Write a single sentence in which the word {} occurs.",
            "Put {} into a sentence.",
            "One sentence with {}, please.",
            "I want one sentence that mentions {}.",
            "Form a sentence with the word {}.",
        )
    ).format(word)
    return _item(prompt, f"The {word} is near the old mill.", Check("sentences", 1), Check("mentions", word))


def _about(draw: Draw) -> Item:
    word = draw.choice(_NOUNS)
    prompt = draw.choice(
        (
            "Write one sentence about a {}.",
            "Tell me something about a {} in one sentence.",
            "Describe a {} in one sentence.",
            "Say one thing about a {}, in a single sentence.",
            "Give me one sentence about a {}.",
            "One sentence about a {}, please.",
            "In one sentence, what is a {}?",
            "What can you say about a {}? One sentence, please.",
        )
    ).format(word)
    return _item(prompt, f"A {word} can be very old.", Check("sentences", 1), Check("mentions", word))


def _question(draw: Draw) -> Item:
    word = draw.choice(_NOUNS)
    prompt = draw.choice(
        (
            "Write a question about a {}.",
            "Ask me one question about a {}.",
            "Ask a single question with the word {} in it.",
            "Make up a question about a {}.",
            "What would you ask about a {}? Only the question.",
            "One question about a {}, please.",
            "Write one sentence about a {} that is a question.",
            "Put a question to me that has to do with a {}.",
        )
    ).format(word)
    return _item(prompt, f"How old is the {word}?", Check("sentences", 1), Check("mentions", word), Check("mark", "?"))


def _greet(draw: Draw) -> Item:
    name = draw.choice(_NAMES)
    prompt = draw.choice(
        (
            "Say hello to {}.",
            "Greet {} by name.",
            "Write a short greeting to {}.",
            "Welcome {} in a few words.",
            "Say good morning to {}.",
            "A friend called {} comes in. Greet your friend.",
            "Write one line that says hello to {}.",
            "Give {} a friendly hello.",
        )
    ).format(name)
    hello = "Good morning" if "good morning" in prompt else "Welcome" if "Welcome" in prompt else "Hello"
    return _item(prompt, f"{hello}, {name}!", Check("greets", name), Check("most", 30))


def _two(draw: Draw) -> Item:
    word = draw.choice(_NOUNS)
    prompt = draw.choice(
        (
            "Write two sentences about a {}.",
            "Tell me about a {} in exactly two sentences.",
            "Describe a {} in two sentences.",
            "Two sentences about a {}, please.",
            "Write a text of two sentences about a {}.",
            "Say two things about a {}, in two sentences.",
            "Give me two sentences that have to do with a {}.",
            "What is a {}? Answer in two sentences.",
        )
    ).format(word)
    return _item(prompt, f"The {word} is old. We like it very much.", Check("sentences", 2), Check("mentions", word))


def _three(draw: Draw) -> Item:
    group, count = draw.choice(tuple(GROUPS)), draw.integer(2, 4)
    prompt = draw.choice(
        (
            "Name {} {}.",
            "List {} {}.",
            "Give me {} {} and nothing else.",
            "Write down {} {}.",
            "Which {} {} come to mind? Only the names.",
            "{} {}, please, as a list.",
            "Make a list of {} {}.",
            "Answer with {} {}.",
        )
    ).format(("two", "three", "four")[count - 2], group)
    members = GROUPS[group].split()
    chosen = [name.capitalize() if group in PROPER else name for name in draw.sample(members[:14], count)]
    return _item(capital(prompt), ", ".join(chosen), Check("any list", (str(count), group)))


def _numbered(draw: Draw) -> Item:
    group, count = draw.choice(tuple(GROUPS)), draw.integer(2, 4)
    prompt = draw.choice(
        (
            "Write a numbered list of {} {}.",
            "List {} {}, one a line, and number them.",
            "Number {} {}, each on its own line.",
            "Make a numbered list with {} {} in it.",
            "Give {} {} as a numbered list.",
            "I need {} {} in a numbered list.",
            "A numbered list of {} {}, please.",
            "Put {} {} on lines of their own, with numbers.",
        )
    ).format(("two", "three", "four")[count - 2], group)
    return _listed(prompt, draw, count, group, "new lines", "numbered", "any")


def _twice(draw: Draw) -> Item:
    word, count = draw.choice(_NOUNS), draw.integer(2, 5)
    named = ("two", "three", "four", "five")[count - 2]
    prompt = draw.choice(
        (
            "Write the word {0} {1} times, with blanks between.",
            "Say {0} {1} times in a row.",
            "Repeat the word {0} {1} times.",
            "Type {0} {1} times on one line.",
            "Give me {1} times the word {0}, with spaces.",
            "Write {0} {1} times and nothing else.",
        )
    ).format(word, named)
    rows = (" ".join([word] * count), ", ".join([word] * count))
    forms = (form for row in rows for form in (row, f"{row}.", row.capitalize(), f"{row.capitalize()}."))
    return _item(prompt, rows[0], Check("one of", tuple(forms)))


def _quotes(draw: Draw) -> Item:
    word = draw.choice(_NOUNS)
    prompt = draw.choice(
        (
            "Write the word {} in quotation marks.",
            "Put the word {} between quotation marks.",
            "Put quotation marks around the word {}.",
            "Write {} with a quotation mark on each side.",
            "Give me the word {} in double quotes.",
            "Quote the word {}: put it in quotation marks.",
        )
    ).format(word)
    spellings = (word, word.capitalize())
    marks = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("'", "'"), ("‘", "’"))
    # Single ones are quotation marks too, where not double ones are asked for.
    pairs = marks[:4] if "double" in prompt else marks
    forms = (f"{left}{one}{end}" for one in spellings for left, right in pairs for end in (right, f"{right}.", f".{right}"))
    return _item(prompt, f'"{word}"', Check("one of", tuple(forms)))


def _listed(prompt: str, draw: Draw, count: int, group: str, separator: str, form: str, order: str) -> Item:
    members = GROUPS[group].split()
    known = members[: 14 if len(members) > 14 else len(members)]
    chosen = draw.sample(known, count)
    if order != "any":
        chosen = sorted(chosen, reverse=order == "reverse")
    if form == "capitals":
        chosen = [name.upper() for name in chosen]
    elif group in PROPER:
        chosen = [name.capitalize() for name in chosen]
    if form == "numbered":
        chosen = [f"{place}. {name}" for place, name in enumerate(chosen, 1)]
    return _item(prompt, SEPARATORS[separator].join(chosen), Check("items", (str(count), separator, form, order, group)))


# Level 1: several demands at once


def _exact(draw: Draw) -> Item:
    """A sentence with a length, its last word, and perhaps its first word, a word in it, a letter that is not."""
    length = draw.integer(6, 11)
    answer = _sentence(draw, length)
    tokens = answer[:-1].split()
    checks = [Check("sentences", 1), Check("length", length), Check("last", tokens[-1])]
    demands = [f'ends with the word "{tokens[-1]}"']
    if draw.chance(0.6):
        checks.append(Check("first", tokens[0]))
        demands.append(f'begins with the word "{tokens[0]}"')
    else:
        lower = [token.lower() for token in tokens]
        inner = draw.choice([token for token in tokens[1:-1] if lower.count(token) == 1])
        checks.append(Check("contains", inner))
        demands.append(f'has the word "{inner}" in it once')
    absent = [letter for letter in "bcfgjkpqvwxz" if letter not in answer.lower()]
    if absent and draw.chance(0.6):
        letter = draw.choice(absent)
        checks.append(Check("without", letter))
        demands.append(f'has no letter "{letter}" in it')
    if draw.chance(0.4):
        answer = answer[:-1] + "!"
        checks.append(Check("mark", "!"))
        demands.append("ends with an exclamation mark")
    prompt = draw.choice(
        (
            "Write one sentence of exactly {} words that {}.",
            "Make a sentence of {} words, no more and no fewer, that {}.",
            "I need a sentence of exactly {} words. It must be one that {}.",
            "Compose a single sentence of {} words that {}.",
        )
    ).format(length, _and(demands))
    return _item(prompt, answer, *checks)


def _and(parts: Sequence[str]) -> str:
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else parts[0]


def _ordered(draw: Draw) -> Item:
    group, count = draw.choice(tuple(GROUPS)), draw.integer(3, 6)
    separator, order = draw.choice([name for name in SEPARATORS if name != "commas"]), draw.choice(("alphabetical", "reverse"))
    form = draw.choice(("capitals", "plain"))
    prompt = draw.choice(
        (
            "List {} {} in {}, {}separated by {}.",
            "Name {} {} in {}, {}with {} between them.",
            "Give me {} {} in {}, {}divided by {}.",
            "Write {} {} in {}, {}with {} between one and the next.",
        )
    ).format(
        ("three", "four", "five", "six")[count - 3],
        group,
        _ORDERS[order],
        "in capital letters, " if form == "capitals" else "",
        separator,
    )
    return _listed(prompt, draw, count, group, separator, form, order)


def _steps(draw: Draw) -> Item:
    step, size, separator = draw.integer(2, 7), draw.integer(5, 9), draw.choice(("semicolons", "slashes", "hyphens", "new lines"))
    low = draw.integer(2, 40)
    numbers = [low + step * place for place in range(size)]
    down = draw.chance(0.5)
    if down:
        numbers.reverse()
    prompt = draw.choice(
        (
            "Count {} from {} to {} in steps of {}, with {} between the numbers.",
            "Count {} from {} to {} by {}s, separated by {}.",
            "Starting the count {} at {}, go to {} in steps of {}. Put {} between the numbers.",
        )
    ).format("down" if down else "up", numbers[0], numbers[-1], step, separator)
    numerals = tuple(map(str, numbers))
    return _item(prompt, SEPARATORS[separator].join(numerals), Check("numbers", (separator, *numerals)))


def _changed(draw: Draw) -> Item:
    """A sentence to repeat with two changes."""
    sentence = _sentence(draw, draw.integer(6, 9))
    tokens = sentence[:-1].split()
    old = draw.choice([word for word in tokens[1:] if tokens.count(word) == 1])
    new = draw.choice([word for word in _NOUNS if word not in tokens])
    ways: Sequence[tuple[str, Callable[[list[str]], list[str]]]] = (
        (f'with "{new}" in place of "{old}"', lambda words: [new if word == old else word for word in words]),
        ("without its last word", lambda words: words[:-1]),
        ("without its first word", lambda words: words[1:]),
        ("with its words in reverse order", lambda words: words[::-1]),
        ("with its first word said twice", lambda words: [words[0], *words]),
    )
    demand, change = draw.choice(ways)
    case = draw.choice(("in capital letters", "in small letters"))
    result = " ".join(change(tokens))
    result = result.upper() if case == "in capital letters" else result.lower()
    prompt = draw.choice(
        (
            "Repeat this sentence {}, {} and without its full stop: {}",
            "Write the following {}, {}, and leave out the full stop: {}",
            "Copy this {}, {}, with no full stop at the end: {}",
        )
    ).format(case, demand, sentence)
    return _item(prompt, result, Check("one of", (result, f'"{result}"')))


def _pair(draw: Draw) -> Item:
    first, second = _sentence(draw, draw.integer(5, 7)), _sentence(draw, draw.integer(5, 7))
    head, tail = first.split()[0], second[:-1].split()[-1]
    total = len(first.split()) + len(second.split())
    prompt = draw.choice(
        (
            'Write two sentences, {2} words in all. The first word is "{0}" and the very last word is "{1}".',
            'Write exactly two sentences that have {2} words together, begin with "{0}" and end with "{1}".',
            'Two sentences, please: {2} words together, "{0}" as the first word and "{1}" as the last.',
        )
    ).format(head, tail, total)
    checks = (Check("sentences", 2), Check("length", total), Check("first", head), Check("last", tail))
    return _item(prompt, f"{first} {second}", *checks)


def _numbered_order(draw: Draw) -> Item:
    group, count = draw.choice(tuple(GROUPS)), draw.integer(3, 6)
    order = draw.choice(("alphabetical", "reverse"))
    prompt = draw.choice(
        (
            "Write a numbered list of {} {} in {}, one a line.",
            "Number {} {} in {}, each on a line of its own.",
            "Make a numbered list with {} {}, sorted in {}, one a line.",
        )
    ).format(("three", "four", "five", "six")[count - 3], group, _ORDERS[order])
    return _listed(prompt, draw, count, group, "new lines", "numbered", order)


def _sorted(draw: Draw) -> Item:
    """Given words, sorted, in a form."""
    chosen = draw.sample(_NOUNS, draw.integer(4, 7))
    separator = draw.choice(tuple(SEPARATORS))
    order = draw.choice(("alphabetical", "reverse"))
    upper = draw.chance(0.5)
    result = [word.upper() if upper else word for word in sorted(chosen, reverse=order == "reverse")]
    prompt = draw.choice(
        (
            "Write these words in {}{}, separated by {}: {}",
            "Sort these words in {}{}, with {} between them: {}",
            "Put the following in {}{}, divided by {}: {}",
        )
    ).format(_ORDERS[order], " and in capital letters" if upper else "", separator, " ".join(chosen))
    value = (str(len(chosen)), separator, "capitals" if upper else "plain", order, *chosen)
    return _item(prompt, SEPARATORS[separator].join(result), Check("items", value))


def _spelled(draw: Draw) -> Item:
    word = draw.choice(_NOUNS)
    separator = draw.choice(("hyphens", "slashes", "commas", "semicolons"))
    back, upper = draw.chance(0.5), draw.chance(0.5)
    letters = list(reversed(word)) if back else list(word)
    result = SEPARATORS[separator].join(letters)
    tight = SEPARATORS[separator].strip().join(letters)
    forms = tuple(form.upper() if upper else form for form in (result, tight))
    prompt = draw.choice(
        (
            "Spell the word {} {}letter by letter, in {} letters, with {} between the letters.",
            "Write the letters of {} {}one by one, in {} letters, separated by {}.",
        )
    ).format(word, "backwards, " if back else "", "capital" if upper else "small", separator)
    return _item(prompt, forms[0], Check("one of", forms))


def _composed(draw: Draw) -> Item:
    """A short text that has to meet three or four demands of different kinds, whichever its words are."""
    topic = draw.choice(_NOUNS)
    opener = draw.choice(_OPENERS)
    same = draw.chance(0.3)
    rows = [_sentence(draw, draw.integer(5, 8))[:-1].split() for _ in range(draw.integer(2, 3))]
    rows[0][-1] = topic
    if same:
        rows = [[opener, *row[1:]] for row in rows]
    texts = [" ".join(row) + "." for row in rows]
    number = str(draw.integer(3, 99))
    texts.append(f"{f'{opener} friend' if same else 'We'} saw {number} of them there.")
    text, tokens = " ".join(texts), [word.lower() for row in rows for word in row]
    total = sum(len(words(one)) for one in texts)
    absent = [letter for letter in "bcfgjkpqvxz" if letter not in text.lower()]
    options = [
        (f"has the number {number} in it, written in digits", Check("number", number)),
        (f"has {total - 3} to {total + 4} words in all", Check("between", (str(total - 3), str(total + 4)))),
        (f'does not use the word "{(word := draw.choice([w for w in _NOUNS if w not in tokens]))}"', Check("avoids", word)),
        *([(f'has no letter "{(letter := draw.choice(absent))}" in it', Check("without", letter))] if absent else []),
        (f'begins with the word "{rows[0][0]}"', Check("first", rows[0][0])),
    ]
    if same:
        options[-1] = (f'begins every sentence with the word "{opener}"', Check("each first", opener))
    chosen = [options[-1], *draw.sample(options[:-1], draw.integer(1, 2))] if same else draw.sample(options, draw.integer(2, 3))
    count = len(texts)
    head = draw.choice(
        (
            "Write a text about a {0} of exactly {1} sentences. It must be one that {2}.",
            "In exactly {1} sentences, write something about a {0} that {2}.",
            "I need {1} sentences about a {0}, as a text that {2}.",
            "Compose {1} sentences about a {0}. Make it a text that {2}.",
        )
    ).format(topic, ("three", "four")[count - 3], _and([demand for demand, _ in chosen]))
    return _item(head, text, Check("sentences", count), Check("mentions", topic), *(check for _, check in chosen))


_EASY = (
    _word,
    _capitals,
    _small,
    _repeat,
    _count,
    _ends,
    _begins,
    _uses,
    _about,
    _question,
    _greet,
    _two,
    _three,
    _numbered,
    _twice,
    _quotes,
)
_HARD = (_exact, _ordered, _steps, _changed, _pair, _numbered_order, _sorted, _spelled, _composed)
