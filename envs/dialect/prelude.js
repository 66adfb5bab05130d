// What plain JavaScript can't say in a few signs. Each function is put behind a compiled program that needs it, with
// everything that it needs itself. $NAME$ is filled in by the compiler from the rules of the dialect.
function __at(o, k) {
  return typeof k === "number" && (typeof o === "string" || Array.isArray(o)) ? ($SHIFT$) : k;
}
function __get(o, k) {
  return o[__at(o, k)];
}
function __pick(o, k) {
  return o === null || o === undefined ? undefined : o[__at(o, k)];
}
function __slot(o, k) {
  const p = __at(o, k);
  return { get v() { return o[p]; }, set v(x) { o[p] = x; } };
}
function __set(o, k, f) {
  const p = __at(o, k);
  return o[p] = f(o[p]);
}
function __truth(v) {
  return $TRUTH$;
}
function __and(v, f) {
  return __truth(v) ? f() : v;
}
function __or(v, f) {
  return __truth(v) ? v : f();
}
function __same(a, b, depth) {
  __step();
  if (a === b) return true;
  if (depth > 200 || typeof a !== "object" || typeof b !== "object" || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    if (!Object.prototype.hasOwnProperty.call(b, key) || !__same(a[key], b[key], depth + 1)) return false;
  }
  return true;
}
function __sort(o) {
  if (!Array.isArray(o)) return o.sort();
  const text = (a, b) => String(a) < String(b) ? 1 : String(a) > String(b) ? -1 : 0;
  return o.sort((a, b) => typeof a === "number" && typeof b === "number" ? b - a : text(a, b));
}
function __print(...v) {
  const text = (x) => typeof x === "object" && x ? JSON.stringify(x) : String(x);
  console.log(v.map(text).join($JOINER$));
}
function __kind(wanted, v) {
  const found = v === null ? "null" : v === undefined ? "nothing" : Array.isArray(v) ? "list"
    : { number: "number", string: "text", boolean: "truth", object: "record" }[typeof v];
  if (found !== wanted) throw new TypeError("the function promised " + wanted + " and returned " + found);
  return v;
}
