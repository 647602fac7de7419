// How long calls take and how many fail, for the groups of the timeline.

import { DIMENSIONS, nameOf } from "./dimensions.js";
import { bar, figure, h, panel, table } from "./dom.js";
import { count, duration, exact, exactDuration, share } from "./format.js";
import { address, withFilter } from "./view.js";

const TIMES = { avg_duration_ms: "Mean", p50_duration_ms: "Median", p95_duration_ms: "p95" };

export function drawLatency(view, groups, times) {
  const timed = new Map(times.map((row) => [row[view.by], row]));
  const slowest = Math.max(...times.map((row) => row.p95_duration_ms ?? 0));
  const columns = [
    { title: DIMENSIONS[view.by] },
    ...Object.values(TIMES).map((title) => ({ title, number: true })),
    { title: "p95, against the slowest" },
    { title: "Calls", number: true },
    { title: "Errors", number: true },
    { title: "Error share", number: true },
  ];
  const body = groups.map((group) => row(view, group, timed.get(group[view.by]) ?? {}, slowest));
  return panel(
    "latency",
    "Latency and errors",
    `by ${DIMENSIONS[view.by].toLowerCase()}`,
    table("Latency and errors", columns, body),
  );
}

function row(view, group, times, slowest) {
  const name = nameOf(group[view.by]);
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row" },
      h("a", { href: address(withFilter(view, view.by, group[view.by])), title: `only ${name}` }, name),
    ),
    Object.keys(TIMES).map((key) =>
      h("td", { class: "right" }, figure(duration(times[key]), exactDuration(times[key]), times[key])),
    ),
    h("td", { class: "share" }, bar(times.p95_duration_ms ?? 0, slowest)),
    h("td", { class: "right" }, figure(count(group.calls), exact(group.calls), group.calls)),
    h(
      "td",
      { class: "right" },
      figure(count(group.errors), exact(group.errors), group.errors, {
        class: group.errors ? "number bad" : "number",
      }),
    ),
    h(
      "td",
      { class: "right" },
      figure(
        share(group.errors, group.calls),
        `${exact(group.errors)} of ${exact(group.calls)}`,
        group.errors,
      ),
    ),
  );
}
