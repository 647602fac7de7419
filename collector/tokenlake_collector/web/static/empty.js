// Nothing in the range: a first span to send when the ledger is empty, else the way to where something is.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { DATE, wallClock } from "./format.js";
import { plusDays } from "./range.js";
import { address, changed } from "./view.js";

const FIRST_CALL = `from tokenlake import init_token_tracking, record_usage, shutdown_token_tracking

init_token_tracking("${location.origin}")
record_usage(model="claude-sonnet-4-5", endpoint_name="anthropic", input_tokens=1000, output_tokens=500)
shutdown_token_tracking()`;

export async function emptyState(view, signal) {
  const {
    body: [latest],
  } = await ask(
    "metrics/token/sessions",
    [
      ["timezone", view.tz],
      ["limit", 1],
    ],
    signal,
  );
  return [latest ? elsewhere(view, latest.last_timestamp) : nothingYet()];
}

function elsewhere(view, last) {
  const day = last.slice(0, 10);
  const around = { range: "custom", from: plusDays(day, -6), to: day };
  return h(
    "div",
    { class: "empty", id: "empty" },
    h("h2", {}, "Nothing in this range"),
    h(
      "p",
      {},
      `The last call in the ledger is of ${wallClock(last, { ...DATE, year: "numeric" })}. `,
      h("a", { href: address(changed(view, around)) }, "Show the week before it"),
      ".",
    ),
    view.filters.length
      ? h("p", {}, h("a", { href: address(changed(view, { filters: [] })) }, "Remove all filters"))
      : null,
  );
}

function nothingYet() {
  return h(
    "div",
    { class: "empty", id: "empty" },
    h("h2", {}, "The ledger is empty"),
    h("p", {}, "Point any instrumented program at this collector:"),
    h("pre", {}, h("code", {}, `OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin} python your_agent.py`)),
    h("p", {}, "Or report a call yourself (", h("code", {}, "pip install tokenlake"), "):"),
    h("pre", {}, h("code", {}, FIRST_CALL)),
    h("p", { class: "note" }, "This page shows it within ten seconds."),
  );
}
