// What console.log shows of a value: Node's form, on one line. Evaluated in a program's context when it first prints, as
// one line like js_prelude.js. A program may spoil it by changing prototypes; it then spoils its own output only.
(function () {
  "use strict";
  const { stringify } = JSON, { apply, getPrototypeOf } = Reflect, { isArray } = Array, { keys, prototype: plainProto } = Object;
  const { prototype: mapProto } = Map, { prototype: setProto } = Set, { prototype: promiseProto } = Promise;
  const mapEach = mapProto.forEach, setEach = setProto.forEach;
  const mapSize = Object.getOwnPropertyDescriptor(mapProto, "size").get, setSize = Object.getOwnPropertyDescriptor(setProto, "size").get;
  const includes = String.prototype.includes, starts = String.prototype.startsWith, test = RegExp.prototype.test;
  const sourceOf = Function.prototype.toString, regExpProto = RegExp.prototype, regExpText = regExpProto.toString;
  const errorProto = Error.prototype, isPrototypeOf = plainProto.isPrototypeOf;
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
    if (apply(isPrototypeOf, errorProto, [value])) return (depth ? "[" : "") + errorText(value) + (depth ? "]" : "");
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
    if (proto === regExpProto) return apply(regExpText, value, []);
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
  return show;
})()
