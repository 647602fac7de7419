// The totals, each beside that of the same length of time before.

import { figure, h, svg } from "./dom.js";
import { count, duration, exact, exactDuration, exactMoney, money, share } from "./format.js";

const of = (key, show = count, exactly = exact) => ({ value: (all) => all[key], show, exactly });
const ratio = (part, whole) => ({
  value: (all) => (all[whole] ? all[part] / all[whole] : null),
  show: (value) => share(value ?? 0, value === null ? 0 : 1),
  exactly: (value) => (value === null ? "nothing to divide by" : `${exact(100 * value)} %`),
  points: true,
});

// An estimate, and below zero where writing to caches cost more than reading from them saved.
const savedNote = (cost) => `${cost < 0 ? "cost" : "saved"} about ${money(Math.abs(cost))}`;

const TILES = [
  { key: "total_tokens", label: "Tokens", ...of("total_tokens") },
  { key: "input_tokens", label: "Input", ...of("input_tokens") },
  {
    key: "output_tokens",
    label: "Output",
    ...of("output_tokens"),
    note: (all) => (all.reasoning_tokens ? `${count(all.reasoning_tokens)} reasoning` : ""),
  },
  {
    key: "estimated_cost",
    label: "Cost",
    ...of("estimated_cost", money, exactMoney),
    note: (all) => (all.unpriced_calls ? `${count(all.unpriced_calls)} calls unpriced` : ""),
  },
  { key: "calls", label: "Calls", ...of("calls") },
  {
    key: "errors",
    label: "Error share",
    ...ratio("errors", "calls"),
    note: (all) => `${count(all.errors)} failed`,
    worse: true,
  },
  {
    key: "cache_read_tokens",
    label: "Cache hits",
    ...ratio("cache_read_tokens", "input_tokens"),
    note: (all) => savedNote(all.saved_cost),
  },
  {
    key: "p95_duration_ms",
    label: "Latency, p95",
    ...of("p95_duration_ms", duration, exactDuration),
    note: (all) => `mean ${duration(all.avg_duration_ms)}`,
    worse: true,
  },
];

// `now` and `before` hold all figures of their time, `buckets` those that have a line; `length` is in words.
export function drawTiles(now, before, buckets, length) {
  const tiles = TILES.map((tile) =>
    drawTile(tile, tile.value(now), tile.value(before), now, buckets, length),
  );
  return h("section", { id: "tiles", class: "tiles", "aria-label": "Totals" }, tiles);
}

function drawTile(tile, value, before, all, buckets, length) {
  const values = buckets.map((bucket) => tile.value(bucket)).filter((one) => one !== undefined);
  return h(
    "div",
    { class: "tile", "data-figure": tile.key },
    h("h3", {}, tile.label),
    h("p", { class: "big" }, figure(tile.show(value), tile.exactly(value), value)),
    h(
      "p",
      { class: "below" },
      change(tile, value, before, length),
      tile.note && h("span", { class: "aside" }, tile.note(all)),
    ),
    values.length > 1 && sparkline(values),
  );
}

function change(tile, value, before, length) {
  const none = value === null || before === null || (!tile.points && !before);
  const title = `the ${length} before: ${tile.exactly(before)}`;
  if (none) return h("span", { class: "change", title }, before === 0 ? "none before" : "–");
  const difference = tile.points ? 100 * (value - before) : (100 * (value - before)) / before;
  const size = Math.abs(difference);
  const sign = size < 0.05 ? "=" : difference > 0 ? "▲" : "▼";
  const kind = tile.worse && size >= 0.05 ? (difference > 0 ? "bad" : "good") : "";
  const shown =
    size >= 1000
      ? `${count(size / 100 + 1)}×`
      : `${size.toFixed(size < 10 ? 1 : 0)} ${tile.points ? "pp" : "%"}`;
  return h("span", { class: `change ${kind}`, title }, `${sign} ${shown}`);
}

function sparkline(values) {
  const [width, height] = [100, 24];
  const highest = Math.max(...values, 0) || 1;
  const x = (index) => (index * width) / (values.length - 1);
  const y = (value) => height - 1 - (value / highest) * (height - 3);
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value ?? 0).toFixed(1)}`);
  return svg(
    "svg",
    { class: "spark", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("polygon", { points: `0,${height} ${points.join(" ")} ${width},${height}` }),
    svg("polyline", { points: points.join(" ") }),
  );
}
