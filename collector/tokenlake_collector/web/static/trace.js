// The explanation of a trace: every report in it, whether it is counted, and the rule that decided.

import { rows } from "./api.js";
import { h } from "./dom.js";
import { duration, exact, exactDuration, exactMoney, inZone } from "./format.js";
import { address } from "./view.js";

const NUMBERS = {
  input_tokens: "input",
  cache_read_tokens: "cache read",
  cache_creation_tokens: "cache written",
  output_tokens: "output",
  reasoning_tokens: "reasoning",
};

export async function showTrace(view, signal) {
  const roots = await rows(`explain/${encodeURIComponent(view.trace)}`, [], signal);
  const back = view.session === null ? "← Overview" : "← The session's calls";
  return [
    h("p", {}, h("a", { href: address({ ...view, trace: null }) }, back)),
    h("header", { class: "subject" }, h("h1", {}, h("small", {}, "Trace"), ` ${view.trace}`), balance(roots)),
    h("section", { id: "trace", class: "panel", "aria-label": "Tree of the trace" }, branch(view, roots)),
  ];
}

function balance(roots) {
  const reports = roots.flatMap(reportsIn);
  const counted = reports.filter((node) => node.verdict === "counted");
  const tokens = counted.reduce((sum, node) => sum + node.stored.input_tokens + node.stored.output_tokens, 0);
  return h(
    "p",
    {},
    `${counted.length} of ${reports.length} reports are counted: `,
    h(
      "b",
      { class: "number", "data-figure": "counted_tokens", "data-value": tokens },
      `${exact(tokens)} tokens`,
    ),
    counted.length < reports.length ? ". The others repeat them, or report nothing." : ".",
  );
}

function reportsIn(node) {
  return [...("verdict" in node ? [node] : []), ...node.children.flatMap(reportsIn)];
}

const branch = (view, nodes) =>
  h(
    "ul",
    { class: "tree" },
    nodes.map((node) =>
      h("li", {}, described(view, node), node.children.length ? branch(view, node.children) : null),
    ),
  );

function described(view, node) {
  const counted = node.verdict === "counted";
  const kind = "verdict" in node ? (counted ? "counted" : "uncounted") : "silent";
  const where = node.span_id ? `span ${node.span_id}` : "log record";
  return h(
    "div",
    { class: `node ${kind}`, id: node.id && `row-${node.id}` },
    h(
      "p",
      { class: "node-head" },
      h("b", {}, node.model ?? node.detail ?? node.role),
      h("span", { class: "badge" }, kind === "silent" ? "no usage" : counted ? "counted" : "not counted"),
      h(
        "span",
        { class: "note" },
        [node.role, node.model && node.detail, where, inZone(node.start, view.tz)]
          .filter(Boolean)
          .join(" · "),
      ),
      h("span", { class: "note", title: exactDuration(node.duration_ms) }, duration(node.duration_ms)),
    ),
    "verdict" in node ? report(node, counted) : null,
  );
}

function report(node, counted) {
  const scope = `scope ${node.scope || "none"}`;
  const rule = node.input_rule ? `, input read by ${node.input_rule}` : "";
  const source = `${node.dialect} ${node.signal}, ${scope}${rule}`;
  return [
    counted
      ? null
      : h(
          "p",
          { class: "reason" },
          sentence(node.verdict),
          node.counted_instead && [": ", h("a", { href: `#row-${node.counted_instead}` }, "that one")],
        ),
    numbers(node),
    node.changed.length
      ? h("p", { class: "note" }, `taken from its relatives: ${node.changed.join(", ")}`)
      : null,
    h(
      "p",
      { class: "note" },
      [source, node.flags && `flags: ${node.flags}`, `row ${node.id}`].filter(Boolean).join(" · "),
    ),
  ];
}

const sentence = (verdict) => verdict.charAt(0).toUpperCase() + verdict.slice(1);

// What was reported, and beside it what is stored where accounting made something else of it.
function numbers(node) {
  const pairs = Object.entries(NUMBERS)
    .filter(([key]) => node.reported[key] || node.stored[key])
    .map(([key, label]) => {
      const [said, kept] = [node.reported[key], node.stored[key]];
      const value = said === kept ? exact(kept) : `${exact(said)} → ${exact(kept)}`;
      return h(
        "div",
        {},
        h("dt", {}, label),
        h("dd", { class: "number", title: "reported, and stored where that differs" }, value),
      );
    });
  const cost = h(
    "div",
    {},
    h("dt", {}, "cost"),
    h("dd", { class: "number" }, exactMoney(node.stored.estimated_cost)),
  );
  return pairs.length || node.stored.estimated_cost !== null
    ? h("dl", {}, pairs, cost)
    : h("p", {}, "No tokens.");
}
