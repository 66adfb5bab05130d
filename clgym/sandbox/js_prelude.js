// Evaluated first in every context, as one line, so that places on later lines are the program's: comments stand on
// lines of their own here. It takes away clock, chance and code from strings, then returns the one
// function through which the host calls the program. Everything it uses is captured before the program can change
// it, and it builds replies from string concatenation only: no array write or method call that a changed
// prototype could see.
(function (stepLimit, charLimit, valueLimit, nodeLimit) {
  "use strict";
  const world = globalThis, evaluate = world.eval;
  const { stringify, parse } = JSON;
  const { apply, ownKeys, defineProperty, getPrototypeOf } = Reflect;
  const { isArray } = Array, { keys, prototype: plainProto } = Object;
  const { prototype: mapProto } = Map, { prototype: setProto } = Set, { prototype: promiseProto } = Promise;
  const mapEach = mapProto.forEach, setEach = setProto.forEach, then = promiseProto.then;
  const mapSize = Object.getOwnPropertyDescriptor(mapProto, "size").get, setSize = Object.getOwnPropertyDescriptor(setProto, "size").get;
  const replace = String.prototype.replace, includes = String.prototype.includes, test = RegExp.prototype.test;
  const sourceOf = Function.prototype.toString, starts = String.prototype.startsWith;
  const ErrorProto = Error.prototype, isPrototypeOf = plainProto.isPrototypeOf, regExpText = RegExp.prototype.toString;
  const RangeError_ = RangeError, EvalError_ = EvalError, TOO_LARGE = { toString: null };

  // ---- steps: compilers put __step() at the head of every loop, function, catch and finally
  let left = stepLimit;
  function __step() {
    if (--left < 0) throw new RangeError_("step limit reached");
  }

  // ---- what is taken away
  const fixed = (name, value) => defineProperty(world, name, { value, writable: false, configurable: false, enumerable: false });
  fixed("__step", __step);
  for (const name of ["Date", "performance", "Atomics", "SharedArrayBuffer", "WeakRef", "FinalizationRegistry"]) delete world[name];
  const blocked = function () { throw new EvalError_("code from strings is not available here"); };
  for (const sample of [function () {}, function* () {}, async function () {}, async function* () {}]) {
    defineProperty(getPrototypeOf(sample), "constructor", { value: blocked, writable: false, configurable: false });
  }
  blocked.prototype = Function.prototype;
  defineProperty(world, "eval", { value: blocked, writable: true, configurable: true });
  defineProperty(world, "Function", { value: blocked, writable: true, configurable: true });
  let state = 0x9e3779b9;
  // mulberry32, the same sequence in every context
  Math.random = function random() {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math_imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math_imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const Math_imul = Math.imul;

  // ---- console: what Node prints, on one line
  let printed = "", cut = false;
  const quote = (text) => {
    const mark = !apply(includes, text, ["'"]) ? "'" : !apply(includes, text, ['"']) ? '"' : !apply(includes, text, ["`"]) ? "`" : "'";
    const inner = stringify(text);
    let out = "";
    for (let at = 1; at < inner.length - 1; at++) {
      const pair = inner[at] === "\\";
      if (pair && inner[at + 1] === '"') out += '"';
      else out += inner[at] === mark ? "\\" + mark : inner[at] + (pair ? inner[at + 1] : "");
      if (pair) at++;
    }
    return mark + out + mark;
  };
  const nameOf = (value) => {
    try {
      const name = value.name;
      return typeof name === "string" ? name : "";
    } catch { return ""; }
  };
  const typeName = (value, proto) => {
    if (proto === null) return "[Object: null prototype] ";
    const maker = proto.constructor;
    return typeof maker === "function" && proto !== plainProto && nameOf(maker) ? nameOf(maker) + " " : "";
  };
  const list = (open, body, close) => (body === "" ? open + close : open + " " + body + " " + close);
  function show(value, depth) {
    switch (typeof value) {
      case "string": return depth === 0 ? value : quote(value);
      case "number": return value === 0 && 1 / value < 0 ? "-0" : "" + value;
      case "bigint": return value + "n";
      case "symbol": return "Symbol()";
      case "function": {
        const kind = apply(starts, apply(sourceOf, value, []), ["class"]) ? "class" : "Function", name = nameOf(value);
        return kind === "class" ? `[class ${name || "(anonymous)"}]` : name ? `[Function: ${name}]` : "[Function (anonymous)]";
      }
      case "object": break;
      default: return "" + value;
    }
    if (value === null) return "null";
    const proto = getPrototypeOf(value);
    if (apply(isPrototypeOf, ErrorProto, [value])) return (depth ? "[" : "") + errorText(value) + (depth ? "]" : "");
    const array = isArray(value);
    if (depth > 2) return array ? "[Array]" : "[Object]";
    let body = "", comma = "";
    const add = (text) => { body += comma + text; comma = ", "; };
    if (array) {
      const shown = value.length < 100 ? value.length : 100;
      for (let at = 0; at < shown; at++) add(show(value[at], depth + 1));
      if (value.length > 100) add(`... ${value.length - 100} more item${value.length > 101 ? "s" : ""}`);
      return list("[", body, "]");
    }
    if (proto === mapProto) {
      apply(mapEach, value, [(item, key) => add(show(key, depth + 1) + " => " + show(item, depth + 1))]);
      return list(`Map(${apply(mapSize, value, [])}) {`, body, "}");
    }
    if (proto === setProto) {
      apply(setEach, value, [(item) => add(show(item, depth + 1))]);
      return list(`Set(${apply(setSize, value, [])}) {`, body, "}");
    }
    if (proto === RegExp.prototype) return apply(regExpText, value, []);
    if (proto === promiseProto) return "Promise { <pending> }";
    const names = keys(value);
    for (let at = 0; at < names.length; at++) {
      const bare = apply(test, /^[A-Za-z_$][\w$]*$/, [names[at]]);
      add((bare ? names[at] : quote(names[at])) + ": " + show(value[names[at]], depth + 1));
    }
    return list(typeName(value, proto) + "{", body, "}");
  }
  const errorText = (error) => {
    const name = error.name, message = error.message;
    return typeof message === "string" && message !== "" ? `${name}: ${message}` : "" + name;
  };
  const write = function (...values) {
    if (cut) return;
    let line = "";
    for (let at = 0; at < values.length && line.length <= charLimit; at++) line += (at ? " " : "") + show(values[at], 0);
    printed += (printed === "" ? "" : "\n") + line;
    if (printed.length > charLimit) {
      cut = true;
      printed = apply(String_slice, printed, [0, charLimit]);
    }
  };
  const String_slice = String.prototype.slice;
  world.console = { log: write, info: write, debug: write, warn: write, error: write };

  // ---- values as JSON; what JSON lacks is {"$": kind}, and keys of the program that begin with $ get one more
  let room = valueLimit, nodes = nodeLimit;
  function encode(value, depth) {
    if (--nodes < 0 || depth > 100) throw TOO_LARGE;
    switch (typeof value) {
      case "string":
        if ((room -= value.length) < 0) throw TOO_LARGE;
        return stringify(value);
      case "number":
        return value - value === 0 ? (value === 0 && 1 / value < 0 ? '{"$":"-0"}' : "" + value) : `{"$":"${value}"}`;
      case "boolean": return "" + value;
      case "bigint": return `{"$":"bigint","v":"${value}"}`;
      case "object": break;
      default: return `{"$":"${typeof value}"}`;
    }
    if (value === null) return "null";
    let body = "", comma = "";
    const add = (text) => { body += comma + text; comma = ","; };
    if (isArray(value)) {
      for (let at = 0; at < value.length; at++) add(encode(value[at], depth + 1));
      return "[" + body + "]";
    }
    const proto = getPrototypeOf(value);
    if (proto === mapProto) {
      apply(mapEach, value, [(item, key) => add(`[${encode(key, depth + 1)},${encode(item, depth + 1)}]`)]);
      return `{"$":"map","v":[${body}]}`;
    }
    if (proto === setProto) {
      apply(setEach, value, [(item) => add(encode(item, depth + 1))]);
      return `{"$":"set","v":[${body}]}`;
    }
    const names = keys(value);
    for (let at = 0; at < names.length; at++) {
      if ((room -= names[at].length) < 0) throw TOO_LARGE;
      add(stringify((names[at][0] === "$" ? "$" : "") + names[at]) + ":" + encode(value[names[at]], depth + 1));
    }
    return "{" + body + "}";
  }
  function decode(value) {
    if (typeof value !== "object" || value === null) return value;
    if (isArray(value)) {
      for (let at = 0; at < value.length; at++) value[at] = decode(value[at]);
      return value;
    }
    const kind = value.$;
    if (kind === "undefined") return undefined;
    if (kind === "bigint") return BigInt(value.v);
    if (kind !== undefined) return +kind;
    const copy = {}, names = keys(value);
    for (let at = 0; at < names.length; at++) copy[names[at][0] === "$" ? names[at].slice(1) : names[at]] = decode(value[names[at]]);
    return copy;
  }

  // ---- one call, and its reply
  let status = "ok", value = "null", error = "null", waiting = false;
  const keep = (result) => {
    waiting = false;
    try {
      value = encode(result, 0);
    } catch (thrown) {
      if (thrown === TOO_LARGE) status = "output";
      else fail(thrown);
    }
  };
  const fail = (thrown) => {
    waiting = false;
    status = "exception";
    value = "null";
    let name = "", message = "", stack = "";
    try {
      // the engine throws a bare null where no memory is left for an error
      if (thrown === null) status = "memory";
      else if (typeof thrown === "object" || typeof thrown === "function") {
        const { name: n, message: m, stack: s } = thrown;
        if (typeof n === "string") name = n;
        message = typeof m === "string" ? m : show(thrown, 1);
        if (typeof s === "string") stack = s;
      } else message = show(thrown, 0);
      if (name === "InternalError" && message === "out of memory") status = "memory";
    } catch { message = message || "an error that cannot be shown"; }
    error = `{"name":${short(name)},"message":${short(message)},"stack":${short(stack)}}`;
  };
  const short = (text) => stringify(apply(String_slice, text, [0, 2000]));
  return function control(operation, name, argumentsJson, special) {
    if (operation === "call") {
      try {
        const target = evaluate(name);
        const given = parse(argumentsJson);
        const result = apply(target, undefined, special ? decode(given) : given);
        if (typeof result === "object" && result !== null && getPrototypeOf(result) === promiseProto) {
          waiting = true;
          apply(then, result, [keep, fail]);
        } else keep(result);
      } catch (thrown) {
        fail(thrown);
      }
      return;
    }
    if (operation === "steps") return stepLimit - left;
    if (waiting) fail({ name: "Error", message: "the promise was never settled", stack: "" });
    const verdict = left < 0 ? "steps" : status, used = left < 0 ? stepLimit : stepLimit - left;
    return `{"status":"${verdict}","value":${verdict === "ok" ? value : "null"},"error":${error},"steps":${used},` +
      `"console":${stringify(printed)},"cut":${cut}}`;
  };
})
