"""Tasks about text: letters, words, separators, masks."""

from __future__ import annotations

from clgym.envs.dialect.tasks.base import Function, Task, phrasings
from clgym.envs.dialect.tasks.inputs import few_words, letters, sentence, shouted, words
from clgym.seeding import Draw

LETTERS = "abcdefghijklmnopqrstuvwxyz"

STRINGS = (
    Task(
        "initials",
        (
            Function.of(
                "f",
                "initialsOf makeInitials shortName",
                "title: string",
                "string",
                lambda draw, c: (sentence(draw, 1, 5),),
                lambda c: [("",), ("x",), ("North Sea",)],
            ),
        ),
        phrasings("""
Write {f}(title). The title consists of words with exactly one space between neighbours. Return the first letter of each word
as a capital, with {sep} between the letters and {tail} after the last one. An empty title gives an empty string.

{f}(title) abbreviates a title to its initials: take the first character of every word, turn it into upper case, join these
with {sep} and put {tail} at the end. Words are apart by single spaces. If title is "", the result is "" as well.

I need the initials of a title, in capitals. Between two initials stands {sep}, behind the last one stands {tail}. Write
{f}(title), where title is either empty (then return an empty string) or words separated by one space each.
"""),
        """
function {f}(title) {
  if (title.length === 0) {
    return "";
  }
  const initials = title.split(" ").map((word) => word[0].toUpperCase());
  return initials.join({sep}) + {tail};
}
""",
        {"sep": (".", "-", "/", "+"), "tail": ("!", "*", "#", ";")},
    ),
    Task(
        "shift_letters",
        (
            Function.of(
                "f",
                "shiftLetters rotateText moveLetters",
                "message: string",
                "string",
                lambda draw, c: (letters(draw, LETTERS + "  xyz,", 3, 10),),
                lambda c: [("",), ("xyz",), ("a-b",), ("ABC",), ("0",)],
            ),
        ),
        phrasings("""
Write {f}(message). It replaces every lower-case letter from a to z by the letter {shift} places further on in the alphabet;
after z the alphabet starts over with a. All other characters, capitals among them, stay as they are. Return the new text.

{f}(message) returns the message in our simple cipher: each of the letters a to z moves {shift} places forward and wraps around
at the end of the alphabet. Capitals, digits, spaces and punctuation are not touched.

Encode a message by moving its lower-case letters {shift} steps forward in the alphabet, from z on to a again. Whatever is not
one of the 26 lower-case letters is copied. The function {f}(message) returns the encoded message.
"""),
        """
function {f}(message) {
  const alphabet = "abcdefghijklmnopqrstuvwxyz";
  let result = "";
  for (const letter of message.split("")) {
    if (alphabet.includes(letter)) {
      result += alphabet[(alphabet.indexOf(letter) + {shift}) % 26];
    } else {
      result += letter;
    }
  }
  return result;
}
""",
        {"shift": (2, 3, 4, 5, 7, 9, 10, 11)},
    ),
    Task(
        "count_letters",
        (
            Function.of(
                "f",
                "countLetters letterTally tallyLetters",
                "text: string",
                "number",
                lambda draw, c: (shouted(draw, sentence(draw, 1, 6)),),
                lambda c: [("",), (c["wanted"],), (c["wanted"].upper(),), ("zzz",)],
            ),
        ),
        phrasings("""
Write {f}(text). It returns how many characters of text occur in {wanted}, where upper and lower case make no difference. Each
such character counts {weight}, so return {weight} times their number.

{f}(text) gives {weight} points for each character that is one of the letters in {wanted}, in either case, and returns the sum
of the points. An empty text earns 0.

How often do the letters of {wanted} appear in a text, taken together and ignoring case? {f}(text) returns that number
multiplied by {weight}, and 0 if none of them appears.
"""),
        """
function {f}(text) {
  const found = text.toLowerCase().split("").filter((letter) => {wanted}.includes(letter));
  return found.length * {weight};
}
""",
        {"wanted": ("aeiou", "aeo", "rst", "eln", "oprt"), "weight": (2, 3, 5, 10)},
    ),
    Task(
        "compress_runs",
        (
            Function.of(
                "f",
                "compressRuns shortenRuns packText",
                "text: string",
                "string",
                lambda draw, c: ("".join(letters(draw, "abc", 1, 1) * draw.integer(1, 5) for _ in range(draw.integer(1, 4))),),
                lambda c: [("",), ("a",), ("a" * c["least"],), ("b" * (c["least"] - 1) + "a",)],
            ),
        ),
        phrasings("""
Write {f}(text). Wherever the same character stands at least {least} times in a row, replace that whole run by the character
followed by {sep} and the length of the run. Shorter runs stay as they are. Return the result; for an empty text that is "".

{f}(text) shortens repetitions. A run is a longest possible stretch of one and the same character. Runs of {least} or more
characters become the character, then {sep}, then the number of characters in decimal; runs with fewer are copied. Return the
new string.

Go through text from left to right and look at its runs of equal characters, each as long as possible. A run of length n with n
>= {least} is written as one character, {sep} and n, all others unchanged. {f} returns what comes out, "" for "".
"""),
        """
function {f}(text) {
  let result = "";
  let start = 0;
  while (start < text.length) {
    let stop = start + 1;
    while (stop < text.length && text[stop] === text[start]) {
      stop += 1;
    }
    const size = stop - start;
    if (size >= {least}) {
      result += text[start] + {sep} + String(size);
    } else {
      result += text.slice(start, stop);
    }
    start = stop;
  }
  return result;
}
""",
        {"least": (2, 3, 4), "sep": ("*", "x", ":", "^", "#")},
    ),
    Task(
        "mask_text",
        (
            Function.of(
                "f",
                "maskText hideStart coverText",
                "secret: string",
                "string",
                lambda draw, c: (letters(draw, LETTERS + "0123456789", 2, 12),),
                lambda c: [("",), ("a" * c["shown"],), ("b" * (c["shown"] + 1),), ("7",)],
            ),
        ),
        phrasings("""
Write {f}(secret). It replaces every character of secret by {mark}, except the last {shown}, which stay readable. A secret of
{shown} or fewer characters is returned unchanged.

{f}(secret) hides the beginning of a string: all characters but the last {shown} become {mark}, one for one, so that the length
stays the same. Nothing is hidden where there are no more than {shown} characters.

Only the final {shown} characters of secret may be visible. {f} returns the string with {mark} in place of each earlier
character; if the string is not longer than {shown}, it comes back as it is.
"""),
        """
function {f}(secret) {
  let result = "";
  for (let i = 0; i < secret.length; i += 1) {
    if (i < secret.length - {shown}) {
      result += {mark};
    } else {
      result += secret[i];
    }
  }
  return result;
}
""",
        {"shown": (2, 3, 4, 5), "mark": ("*", "#", "x", "?", ".")},
    ),
    Task(
        "loud_words",
        (
            Function.of(
                "f",
                "loudWords shoutLong raiseWords",
                "line: string",
                "string",
                lambda draw, c: (shouted(draw, sentence(draw, 1, 6)),),
                lambda c: [("",), ("a",), ("Z" * c["size"] + " " + "y" * (c["size"] + 1),)],
            ),
        ),
        phrasings("""
Write {f}(line). Words are apart by single spaces. Words with more than {size} characters are turned into upper case, all other
words into lower case. Return the words in their order with {sep} between them instead of the spaces. An empty line gives "".

{f}(line) returns a line in which the words longer than {size} characters are in capitals and the rest is in small letters. In
the input, exactly one space separates two words; in the output it is {sep}. Nothing in, nothing out: "" stays "".

Take a line of words with one space between neighbours. Put the long words (more than {size} characters) in upper case and the
others, those of exactly {size} included, in lower case, and join them again with {sep}. {f}(line) returns the new line, which
is empty for an empty line.
"""),
        """
function {f}(line) {
  const changed = line.split(" ").map((word) => word.length > {size} ? word.toUpperCase() : word.toLowerCase());
  return changed.join({sep});
}
""",
        {"size": (3, 4, 5), "sep": ("_", "-", "/", ", ", " + ")},
    ),
    Task(
        "mirror_check",
        (
            Function.of(
                "f",
                "mirrorText reflectText turnWord",
                "word: string",
                "string",
                lambda draw, c: (_mirrored(draw),),
                lambda c: [("",), ("q",), ("level",), ("ab",)],
            ),
        ),
        phrasings("""
Write {f}(word). If word reads the same backwards, return it with {mark} appended. Otherwise return word reversed with {other}
put in front. An empty word and a single letter read the same backwards.

{f}(word) turns a word around. When that makes no difference (which is so for the empty string, too), the result is the word
followed by {mark}; when it does, the result is {other} followed by the reversed word.

Is word the same from right to left? Then {f}(word) returns the word and {mark} right after it, and for the empty word just
{mark}. If it is not, {f} returns {other} and right after it the letters of word in reverse order.
"""),
        """
function {f}(word) {
  let reversed = "";
  for (let i = word.length - 1; i >= 0; i -= 1) {
    reversed += word[i];
  }
  if (reversed === word) {
    return word + {mark};
  }
  return {other} + reversed;
}
""",
        {"mark": ("=", "!", "+", "%"), "other": ("<", "~", "@", ":")},
    ),
    Task(
        "slug",
        (
            Function.of(
                "f",
                "makeSlug slugFor linkName",
                "headline: string",
                "string",
                lambda draw, c: (
                    " " * draw.integer(0, 2) + (" " * draw.integer(1, 2)).join(shouted(draw, w) for w in words(draw, 1, 6)) + " ",
                ),
                lambda c: [("",), ("   ",), ("One",), ("a b c d e f g",)],
            ),
        ),
        phrasings("""
Write {f}(headline). Split the headline into words at its spaces (there may be several in a row, and some at either end), put
the words in lower case, keep only the first {most} of them, and return them joined with {sep}. Without any word the result is
an empty string.

{f}(headline) makes the short name of a page: the first {most} words of the headline (all of them, if there are fewer), in
small letters, with {sep} between two words. Words are separated by one or more spaces; spaces at the start and at the end
don't matter. No words gives "".

Turn a headline into a link. Ignore surplus spaces, lower-case everything, drop all words after the first {most}, and put {sep}
between the remaining ones. {f}(headline) returns that string; it is "" when the headline is empty or all spaces.
"""),
        """
function {f}(headline) {
  const parts = headline.toLowerCase().split(" ").filter((part) => part.length > 0);
  return parts.slice(0, {most}).join({sep});
}
""",
        {"most": (2, 3, 4), "sep": ("-", "_", ".", "--")},
    ),
    Task(
        "weave_texts",
        (
            Function.of(
                "f",
                "weaveTexts interleave zipTexts",
                "upper: string, lower: string",
                "string",
                lambda draw, c: (letters(draw, "abcde", 0, 6), letters(draw, "UVWXYZ", 1, 6)),
                lambda c: [("", ""), ("abc", ""), ("", "XY"), ("ab", "XY")],
            ),
        ),
        phrasings("""
Write {f}(upper, lower). Take the first character of upper and the first of lower, then the second of each, and so on, and
string them together. Where one of the two texts has run out, use {blank} in its place, until the longer one is used up too.
Put {tail} at the very end.

{f}(upper, lower) weaves two strings: one character from upper, one from lower, in turn. The shorter string is first filled up
at its end with {blank} to the length of the longer one. Return the woven string followed by {tail}.

Pad the shorter of upper and lower with {blank} at its end until both are equally long, then return the first character of
upper, the first of lower, the second of each and so on as one string, with {tail} behind it; two empty strings thus give just
{tail}. The name and the parameters of the function: {f}(upper, lower).
"""),
        """
function {f}(upper, lower) {
  const size = Math.max(upper.length, lower.length);
  let result = "";
  for (let i = 0; i < size; i += 1) {
    result += i < upper.length ? upper[i] : {blank};
    result += i < lower.length ? lower[i] : {blank};
  }
  return result + {tail};
}
""",
        {"blank": ("_", ".", "-", "0"), "tail": ("!", "|", "$", "&")},
    ),
    Task(
        "setting_value",
        (
            Function.of(
                "f",
                "settingValue readSetting lookUp",
                "text: string, key: string",
                "string",
                lambda draw, c: _lookup(draw, c["sep"]),
                lambda c: [("", "size"), ("size=", "size"), (f"a=1{c['sep']}a=2", "a"), ("mode=0", "mode"), ("mode=0", "mod")],
            ),
        ),
        phrasings("""
Write {f}(text, key). The text holds settings of the form name=value with {sep} between them, for example "a=1{sep!}b=2".
Return the value of the first setting whose name is exactly key, as a string; it may be "0" or empty. If there is no such
setting (or the text is empty), return {missing}.

{f}(text, key) looks up one setting. Settings are written as name, =, value, and {sep} separates one from the next; neither
names nor values contain = or {sep}. The result is the value as text, even if that is "" or "0". Should the name occur twice,
the first wins; should it not occur, return {missing}.

In a text such as "a=1{sep!}b=2" ({sep} between settings, = between name and value), find the first setting called key and
return what is behind its = sign, which can be an empty string. {f}(text, key) returns {missing} only when no setting has that
name.
"""),
        """
function {f}(text, key) {
  for (const setting of text.split({sep})) {
    const parts = setting.split("=");
    if (parts.length === 2 && parts[0] === key) {
      return parts[1];
    }
  }
  return {missing};
}
""",
        {"sep": (";", "&", ",", "|"), "missing": ("none", "unset", "?", "n/a")},
    ),
    Task(
        "bracket_depth",
        (
            Function.of(
                "f",
                "bracketDepth nestingDepth deepestLevel",
                "code: string",
                "number",
                lambda draw, c: (_brackets(draw),),
                lambda c: [("",), ("x",), ("(",), (")(",), ("()()",)],
            ),
        ),
        phrasings("""
Write {f}(code). It returns how deeply "(" and ")" are nested in code: 0 without any, 1 if none is inside another pair, and so
on. If they don't match up (a ")" without an earlier open partner, or a "(" that is never closed), return {bad}. Ignore other
characters.

{f}(code) finds the greatest number of "(" that are open at the same time, where each ")" closes the most recent one. Other
characters don't count. If something is closed that was not open, or something is still open at the end, the answer is {bad}.

In code, "(" opens a level and ")" closes it. {f}(code) returns the deepest level that is reached (0 if there are no such
characters), or {bad} when a level is closed too early or left open. All other characters are skipped.
"""),
        """
function {f}(code) {
  let depth = 0;
  let deepest = 0;
  for (const symbol of code.split("")) {
    if (symbol === "(") {
      depth += 1;
      deepest = Math.max(deepest, depth);
    }
    if (symbol === ")") {
      if (depth === 0) {
        return {bad};
      }
      depth -= 1;
    }
  }
  return depth === 0 ? deepest : {bad};
}
""",
        {"bad": (-1, -2, -5, 50, 99, 100, 1000)},
    ),
    Task(
        "print_bars",
        (
            Function.of(
                "f",
                "printBars drawBars barChart",
                "sizes: number[]",
                "number",
                lambda draw, c: ([draw.integer(0, 9) for _ in range(draw.integer(1, 5))],),
                lambda c: [([],), ([0],), ([c["cap"]],), ([c["cap"] + 1, 1],)],
            ),
        ),
        phrasings("""
Write {f}(sizes). For each size, print one line that consists of that many {mark}, but at most {cap}. A size of 0 prints an
empty line. Return the total number of {mark} that were printed.

{f}(sizes) draws a bar chart in the console: one line per number in sizes, made of as many {mark} as the number says. Bars end
at {cap}, longer ones are cut. The line for 0 is empty. The function returns how many {mark} it has printed in all lines
together.

Print a line for every entry of sizes (whole numbers from 0 up), in order: {mark} repeated as often as the entry says, though
never more than {cap} times, which may also be an empty line. Afterwards {f} returns the sum of the lengths of the lines.
"""),
        """
function {f}(sizes) {
  let total = 0;
  for (const size of sizes) {
    const width = Math.min(size, {cap});
    let bar = "";
    for (let i = 0; i < width; i += 1) {
      bar += {mark};
    }
    console.log(bar);
    total += width;
  }
  return total;
}
""",
        {"mark": ("*", "#", "=", "o"), "cap": (4, 5, 6, 7)},
        prints=True,
    ),
    Task(
        "pad_columns",
        (
            Function.of(
                "f",
                "padCells alignCells tableRow",
                "cells: string[]",
                "string",
                lambda draw, c: (words(draw, 1, 4),),
                lambda c: [([],), ([""],), (["x" * c["width"]],), (["y" * (c["width"] + 2), "z"],)],
            ),
        ),
        phrasings("""
Write {f}(cells). Bring every cell to a width of exactly {width} characters: fill short ones with {fill} on the left, and cut
long ones off after their first {width} characters. Return the cells joined with {bar}; an empty list gives an empty string.

{f}(cells) makes one row of a table. Each cell becomes {width} characters wide, either by putting {fill} in front as often as
needed or by dropping the characters behind the first {width}. Between two cells comes {bar}. No cells at all make "".

All cells in a row have to be {width} characters wide and right-aligned. Pad with {fill} in front; of cells that are too long
keep the first {width} characters. {f} returns the row as one string with {bar} between neighbouring cells, and "" for no
cells.
"""),
        """
function {f}(cells) {
  const padded = [];
  for (const cell of cells) {
    let wide = cell.slice(0, {width});
    while (wide.length < {width}) {
      wide = {fill} + wide;
    }
    padded.push(wide);
  }
  return padded.join({bar});
}
""",
        {"width": (4, 5, 6), "fill": (".", "_", "0"), "bar": ("|", "/", " : ")},
    ),
    Task(
        "first_repeat",
        (
            Function.of(
                "f",
                "firstRepeat repeatedWord firstDouble",
                "line: string",
                "string",
                lambda draw, c: (" ".join(shouted(draw, w) for w in few_words(draw, 3, 7, 5)),),
                lambda c: [("",), ("tea",), ("Tea tea",), ("a b b a",)],
            ),
        ),
        phrasings("""
Write {f}(line), where line is a text of words with single spaces between them. Return the first word that has occurred before,
ignoring case, in lower case and with {mark} in front. If no word occurs twice, return {nothing}.

{f}(line) reads the words of a line from left to right and stops at the first one that it has already seen (upper and lower
case are the same). It returns {mark} followed by that word in small letters. Where all words differ, or there are none, it
returns {nothing}.

Which word is the first to come up a second time? {f}(line) returns it in lower case right behind {mark}, or {nothing} if every
word is there only once. "Tea" and "tea" are the same word; one space separates words; the line can be empty.
"""),
        """
function {f}(line) {
  const seen = [];
  for (const word of line.toLowerCase().split(" ")) {
    if (seen.includes(word)) {
      return {mark} + word;
    }
    seen.push(word);
  }
  return {nothing};
}
""",
        {"mark": ("!", "2x", "@", "&"), "nothing": ("unique", "fine", "clean", "no")},
    ),
)


def _lookup(draw: Draw, sep: str) -> tuple[str, str]:
    """A text of settings and a key that mostly is among them."""
    keys = draw.sample(("size", "mode", "tone", "edge", "rate"), draw.integer(1, 4))
    text = sep.join(f"{key}={draw.choice(('', '0', 'on', 'red', '12'))}" for key in keys)
    return text, draw.choice([*keys, "zoom"])


def _mirrored(draw: Draw) -> str:
    """A palindrome in two of five cases."""
    half = letters(draw, "abcd", 1, 4)
    return half + (half[::-1] if draw.chance(0.4) else "x")


def _brackets(draw: Draw) -> str:
    """Matching brackets with letters between them; in a fifth of the cases one character is lost."""
    text, depth = "", 0
    for _ in range(draw.integer(2, 5)):
        if depth and draw.chance(0.4):
            text, depth = text + ")", depth - 1
        else:
            text, depth = text + "(" + draw.choice(("", "a", "b")), depth + 1
    text += ")" * depth
    if draw.chance(0.2):
        lost = draw.integer(0, len(text) - 1)
        text = text[:lost] + text[lost + 1 :]
    return text
