// Reads one JSON string a line, a TypeScript program, and answers with one JSON line: its errors in strict mode.
// It touches no file but TypeScript's own libraries, and runs nothing of the program.
const ts = require(process.argv[2]);
const path = require("path");
const folder = path.dirname(ts.getDefaultLibFilePath({}));
const options = {
  strict: true, noEmit: true, noResolve: true, types: [], target: ts.ScriptTarget.ES2020, lib: ["lib.es2020.d.ts"], noLib: false,
};
const known = new Map();
const prefix = "declare const console: { log(...values: unknown[]): void };\n";
function library(name) {
  if (!/^lib\.[\w.]+\.d\.ts$/.test(path.basename(name)) || path.dirname(path.resolve(name)) !== path.resolve(folder)) return undefined;
  if (!known.has(name)) known.set(name, ts.createSourceFile(name, ts.sys.readFile(name) || "", options.target));
  return known.get(name);
}
let last;
function check(text) {
  const source = ts.createSourceFile("answer.ts", text + "\nexport {};", options.target);
  const globals = ts.createSourceFile("globals.d.ts", prefix, options.target);
  const host = {
    getSourceFile: (name) => (name === "answer.ts" ? source : name === "globals.d.ts" ? globals : library(name)),
    getDefaultLibFileName: () => path.join(folder, "lib.es2020.d.ts"),
    getDefaultLibLocation: () => folder,
    writeFile: () => {}, getCurrentDirectory: () => "", getCanonicalFileName: (name) => name, useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n", fileExists: () => false, readFile: () => undefined, directoryExists: () => false, getDirectories: () => [],
  };
  last = ts.createProgram(["answer.ts", "globals.d.ts"], options, host, last);
  const found = [...last.getSyntacticDiagnostics(source), ...last.getSemanticDiagnostics(source)];
  return found.slice(0, 5).map((each) => {
    const at = source.getLineAndCharacterOfPosition(each.start || 0);
    return [at.line + 1, at.character + 1, `TS${each.code}: ${ts.flattenDiagnosticMessageText(each.messageText, " ")}`];
  });
}
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try { answer = check(JSON.parse(line)); } catch (problem) { answer = [[1, 1, `the type checker gave up: ${problem.message}`]]; }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
