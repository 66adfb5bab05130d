// Evaluated first in every context, as one line, so that places on later lines are the program's: comments stand on
// lines of their own here. It takes away clock, chance and code from strings, then returns the one
// function through which the host calls the program. Everything it uses is captured before the program can change
// it, and it builds replies from string concatenation only: no array write or method call that a changed
// prototype could see.
(function (stepLimit, charLimit, valueLimit, nodeLimit, showScript) {
  "use strict";
  const world = globalThis, evaluate = world.eval;
  const { stringify, parse } = JSON, { apply, defineProperty, getPrototypeOf } = Reflect;
  const { isArray } = Array, { keys } = Object, slice = String.prototype.slice, imul = Math.imul;
  const mapProto = Map.prototype, setProto = Set.prototype, promiseProto = Promise.prototype;
  const mapEach = mapProto.forEach, setEach = setProto.forEach, then = promiseProto.then;
  const RangeError_ = RangeError, EvalError_ = EvalError, BigInt_ = BigInt, TOO_LARGE = { toString: null };

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
  // its call sites would hand out the functions below it, evaluate's caller among them
  defineProperty(Error, "prepareStackTrace", { value: undefined, writable: false, configurable: false });
  let state = 0x9e3779b9;
  // mulberry32, the same sequence in every context
  Math.random = function random() {
    state = (state + 0x6d2b79f5) | 0;
    let t = imul(state ^ (state >>> 15), 1 | state);
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  // ---- console; how values are shown is evaluated at first use, for most programs never print
  let printed = "", cut = false, shower = null;
  const show = (value, depth) => "" + (shower ??= evaluate(showScript))(value, depth);
  const write = function (...values) {
    if (cut) return;
    let line = "";
    for (let at = 0; at < values.length && line.length <= charLimit; at++) line += (at ? " " : "") + show(values[at], 0);
    printed += (printed === "" ? "" : "\n") + line;
    if (printed.length > charLimit) {
      cut = true;
      printed = apply(slice, printed, [0, charLimit]);
    }
  };
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
      case "bigint":
        if ((room -= ("" + value).length * 250) < 0) throw TOO_LARGE;
        return `{"$":"bigint","v":"${value}"}`;
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
    if (kind === "bigint") return BigInt_(value.v);
    if (kind !== undefined) return +kind;
    const copy = {}, names = keys(value);
    for (let at = 0; at < names.length; at++) copy[names[at][0] === "$" ? apply(slice, names[at], [1]) : names[at]] = decode(value[names[at]]);
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
  const short = (text) => stringify(apply(slice, text, [0, 2000]));
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
    const reply = `{"status":"${verdict}","value":${verdict === "ok" ? value : "null"},"error":${error},"steps":${used},` +
      `"console":${stringify(printed)},"cut":${cut}}`;
    // slice makes one string of the engine's rope, which the host's binding cannot take
    return apply(slice, reply, [0]);
  };
})
