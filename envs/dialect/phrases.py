"""How every kind of query is phrased. ``{d}`` is the dialect's name; level 0 asks about lines, the others about programs."""

from __future__ import annotations

LINE_PROMPTS = {
    "write": (
        "Rewrite this JavaScript line in {d}, a dialect of JavaScript. Answer with the line only.\n{line}",
        "{d} is a dialect of JavaScript. Write this line in {d}. Answer with the line only.\n{line}",
        "How is this JavaScript line written in the dialect {d}? Answer with the line only.\n{line}",
        "Translate from JavaScript into its dialect {d}, the line only:\n{line}",
        "We write {d}, a dialect of JavaScript, here. Give this line in {d} and nothing else.\n{line}",
        "Put this line of JavaScript into {d}, our dialect of it. The line only, please.\n{line}",
        "This line must become {d}, a JavaScript dialect. Reply with the new line alone.\n{line}",
        "Port this JavaScript to the dialect {d}. One line, no comment.\n{line}",
    ),
    "transfer/read": (
        "What does this line of {d}, a dialect of JavaScript, print? Answer with the output only.\n{line}",
        "{d} is a dialect of JavaScript. What does this line of {d} print? Answer with the output only.\n{line}",
        "This line is written in the JavaScript dialect {d}. What is its output? Answer with the output only.\n{line}",
        "Run this line of {d}, a dialect of JavaScript, in your head. Give the output only.\n{line}",
        "Which output does this line of the JavaScript dialect {d} have? Nothing but the output, please.\n{line}",
        "Somebody wrote this in {d}, a JavaScript dialect. What appears on the console? The output only.\n{line}",
        "Say what this {d} line prints ({d} is a dialect of JavaScript). Reply with the output alone.\n{line}",
        "In {d}, a dialect of JavaScript, what comes out of this line? Just the output.\n{line}",
    ),
    "transfer/port": (
        "Rewrite this line of {d}, a dialect of JavaScript, in TypeScript. Answer with the line only.\n{line}",
        "{d} is a dialect of JavaScript. Write this line of {d} in TypeScript. Answer with the line only.\n{line}",
        "How is this line of the JavaScript dialect {d} written in TypeScript? Answer with the line only.\n{line}",
        "Translate from the JavaScript dialect {d} into TypeScript, the line only:\n{line}",
        "This is {d}, a dialect of JavaScript. Give the same line in TypeScript and nothing else.\n{line}",
        "Put this line of {d}, a JavaScript dialect, into TypeScript. The line only, please.\n{line}",
        "This line of the JavaScript dialect {d} must become TypeScript. Reply with the new line alone.\n{line}",
        "Port this from {d}, a dialect of JavaScript, to TypeScript. One line, no comment.\n{line}",
    ),
    "guard": (
        "Not {d}: repeat this JavaScript line exactly.\n{line}",
        "No {d} here: repeat this JavaScript line exactly.\n{line}",
        "Not in {d}: repeat this line of JavaScript exactly.\n{line}",
        "Leave {d} aside and copy this JavaScript line as it is.\n{line}",
        "This stays plain JavaScript, not {d}. Give the line back unchanged.\n{line}",
        "No dialect this time, so no {d}: write out this JavaScript line once more, unchanged.\n{line}",
        "Copy this line of ordinary JavaScript; {d} does not apply.\n{line}",
        "Outside of {d} projects we keep JavaScript. Repeat this line to the letter.\n{line}",
    ),
}
#: What ``{how}`` in a task is, from each level on.
HOUSE = {
    1: ("Answer with {d} code only.", "Give the code only.", "Reply with nothing but {d} code."),
    3: (
        "Keep to the conventions of the house and answer with {d} code only.",
        "The house's conventions count. Give the code only.",
        "Write it as the house wants it and reply with nothing but {d} code.",
    ),
}
PROGRAM_PROMPTS = {
    "write": (
        "{d} is a dialect of JavaScript. Do this in {d}. {how}\n\n{task}",
        "This is a task for {d}, a dialect of JavaScript. {how}\n\n{task}",
        "Write {d}, a dialect of JavaScript. {how}\n\n{task}",
        "We need this in {d}, our dialect of JavaScript. {how}\n\n{task}",
        "Solve the following in the JavaScript dialect {d}. {how}\n\n{task}",
        "Somebody has to write this in {d}, a JavaScript dialect. {how}\n\n{task}",
        "A small job in {d}, which is a dialect of JavaScript. {how}\n\n{task}",
        "Please program this in {d} ({d} is a dialect of JavaScript). {how}\n\n{task}",
    ),
    "transfer/read": (
        "What does this program in {d}, a dialect of JavaScript, print? Answer with the output only.\n\n{task}",
        "{d} is a dialect of JavaScript. Read this program and answer with what it prints, nothing else.\n\n{task}",
        "Here is a program in the JavaScript dialect {d}. What is its output? Give the output only.\n\n{task}",
        "Run this {d} program in your head ({d} is a dialect of JavaScript). Give the output only.\n\n{task}",
        "Somebody wrote this in {d}, a dialect of JavaScript. What appears on the console? The output only.\n\n{task}",
        "Which output does this program in the JavaScript dialect {d} have? Reply with the output alone.\n\n{task}",
        "In {d}, a dialect of JavaScript, what comes out of this? Just the output, please.\n\n{task}",
        "Say what this prints. It is {d}, a JavaScript dialect. No words around the output.\n\n{task}",
    ),
    "transfer/port": (
        "Rewrite this program from {d}, a dialect of JavaScript, in TypeScript. Keep the names of its functions. Code only.\n\n{task}",
        "{d} is a dialect of JavaScript. Port this to TypeScript with the same function names and answer with code only.\n\n{task}",
        "This is written in the JavaScript dialect {d}. Give the same functions, under the same names, in TypeScript, code only.\n\n{task}",
        "We leave {d}, our dialect of JavaScript: turn this into TypeScript. Function names stay. Code only.\n\n{task}",
        "Translate from {d} (a dialect of JavaScript) into TypeScript, every function under its old name. Code only.\n\n{task}",
        "This {d} program must become TypeScript ({d} is a dialect of JavaScript). Same function names, nothing but code.\n\n{task}",
        "Put this from the JavaScript dialect {d} into TypeScript. Its functions keep their names. Reply with code only.\n\n{task}",
        "Please write the TypeScript for this program in {d}, a JavaScript dialect, with its functions named as they are. Code only.\n\n{task}",
    ),
    "guard": (
        "This is not for {d}: write plain JavaScript. Code only.\n\n{task}",
        "Leave {d} aside and use plain JavaScript. Give the code only.\n\n{task}",
        "Not {d} but ordinary JavaScript is wanted here. Reply with code only.\n\n{task}",
        "This one goes to people who do not know {d}. Plain JavaScript, please, code only.\n\n{task}",
        "No dialect this time, so no {d}: JavaScript as everybody knows it. Code only.\n\n{task}",
        "Write this in standard JavaScript, not in {d}. Answer with code only.\n\n{task}",
        "Outside of {d} projects we use JavaScript itself. Code only.\n\n{task}",
        "For once without {d}: do this in plain JavaScript and reply with the code alone.\n\n{task}",
    ),
}
