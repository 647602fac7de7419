// One session: its totals and its calls, each a link to the explanation of its trace.

import { ask, rows } from "./api.js";
import { nameOf } from "./dimensions.js";
import { bar, figure, h, panel, table } from "./dom.js";
import {
  MOMENT_EXACT,
  count,
  duration,
  exact,
  exactDuration,
  exactMoney,
  money,
  share,
  wallClock,
} from "./format.js";
import { pager } from "./sessions.js";
import { costOf } from "./top_table.js";
import { address, overviewOf } from "./view.js";

const PAGE = 100;

const COLUMNS = [
  { title: "Time" },
  { title: "Model" },
  { title: "Operation" },
  { title: "Input", number: true },
  { title: "" },
  { title: "Cached", number: true },
  { title: "Output", number: true },
  { title: "Cost", number: true },
  { title: "Duration", number: true },
  { title: "Outcome" },
];

export async function showSession(view, signal) {
  const asked = [
    ["timezone", view.tz],
    ["session_id", view.session],
  ];
  const [
    {
      body: [session],
    },
    calls,
  ] = await Promise.all([
    ask("metrics/token/sessions", [...asked, ["limit", 1]], signal),
    rows("metrics/token/calls", [...asked, ["limit", PAGE], ["offset", (view.page - 1) * PAGE]], signal),
  ]);
  if (!session)
    return [
      back(view),
      h("p", { class: "empty" }, `No call of a session called ${nameOf(view.session)} is stored.`),
    ];
  return [back(view), head(session), callTable(view, session, calls)];
}

const back = (view) => h("p", {}, h("a", { href: address(overviewOf(view)) }, "← All sessions"));

function head(session) {
  const facts = {
    Tokens: figure(count(session.total_tokens), exact(session.total_tokens), session.total_tokens, {
      "data-figure": "total_tokens",
    }),
    Cost: costOf(session),
    Calls: figure(count(session.calls), exact(session.calls), session.calls),
    Errors: figure(count(session.errors), exact(session.errors), session.errors),
    "Cache hits": share(session.cache_read_tokens, session.input_tokens),
    First: wallClock(session.first_timestamp, MOMENT_EXACT),
    Last: wallClock(session.last_timestamp, MOMENT_EXACT),
    User: nameOf(session.user_id),
    Channel: nameOf(session.channel),
  };
  return h(
    "header",
    { class: "subject" },
    h("h1", {}, h("small", {}, "Session"), ` ${nameOf(session.session_id)}`),
    h(
      "dl",
      {},
      Object.entries(facts).map(([label, fact]) => h("div", {}, h("dt", {}, label), h("dd", {}, fact))),
    ),
  );
}

function callTable(view, session, calls) {
  const most = Math.max(...calls.map((call) => call.input_tokens));
  const body = calls.map((call) => row(view, call, most));
  return panel(
    "calls",
    "Calls",
    "the latest first; a time leads to why it is counted as it is",
    table("Calls", COLUMNS, body),
    pager(view, Math.ceil(session.calls / PAGE)),
  );
}

function row(view, call, most) {
  const operation = [call.operation_type, call.operation_detail].filter(Boolean).join(" · ");
  const tokens = (key) =>
    h(
      "td",
      { class: "right" },
      figure(count(call[key]), exact(call[key]), call[key], { "data-figure": key }),
    );
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row" },
      h(
        "a",
        {
          href: address({ ...view, trace: call.trace_id ?? call.id }),
          title: "explain this call",
        },
        wallClock(call.timestamp, MOMENT_EXACT),
      ),
    ),
    h("td", { class: "clip", title: nameOf(call.model) }, nameOf(call.model)),
    h("td", { class: "clip", title: operation }, operation || "–"),
    tokens("input_tokens"),
    h("td", { class: "share" }, bar(call.input_tokens, most)),
    tokens("cache_read_tokens"),
    tokens("output_tokens"),
    h(
      "td",
      { class: "right" },
      figure(money(call.estimated_cost), exactMoney(call.estimated_cost), call.estimated_cost),
    ),
    h(
      "td",
      { class: "right" },
      figure(duration(call.duration_ms), exactDuration(call.duration_ms), call.duration_ms),
    ),
    h("td", {}, call.error_type ? h("span", { class: "bad" }, call.error_type) : "ok"),
  );
}
