// The timeline: tokens or money over time, the largest groups apart and the rest together.

import { stackedBars } from "./chart.js";
import { DIMENSIONS, UNITS, nameOf } from "./dimensions.js";
import { figure, h, panel } from "./dom.js";
import { CLOCK, DATE, MOMENT, MONTH, count, exact, exactMoney, money, wallClock } from "./format.js";
import { address, withFilter } from "./view.js";

export const SHOWN = 8;

const LABELS = {
  hour: [
    (iso) => (iso.slice(11, 13) === "00" ? wallClock(iso, DATE) : wallClock(iso, CLOCK)),
    (iso) => wallClock(iso, MOMENT),
  ],
  day: [(iso) => wallClock(iso, DATE), (iso) => wallClock(iso, { ...DATE, weekday: "short" })],
  week: [(iso) => wallClock(iso, DATE), (iso) => `week from ${wallClock(iso, DATE)}`],
  month: [(iso) => wallClock(iso, MONTH), (iso) => wallClock(iso, MONTH)],
};

export function drawTimeline(view, interval, buckets, parts, groups) {
  const { figure: key, label } = UNITS[view.unit];
  const format = view.unit === "money" ? { short: money, exact: exactMoney } : { short: count, exact };
  const series = seriesOf(view, key, buckets, parts, groups);
  const [tick, title] = LABELS[interval];
  const bars = {
    ticks: buckets.map((row) => tick(row.timestamp)),
    titles: buckets.map((row) => title(row.timestamp)),
    series,
    format,
  };
  const heading = `${label} by ${DIMENSIONS[view.by].toLowerCase()}`;
  return panel(
    "timeline",
    heading,
    `per ${interval}, ${view.tz}`,
    stackedBars(bars, heading),
    legend(view, series, format),
  );
}

function seriesOf(view, key, buckets, parts, groups) {
  const places = new Map(buckets.map((row, index) => [row.timestamp, index]));
  const series = groups.map((group, index) => ({
    name: group[view.by],
    kind: index,
    values: buckets.map(() => 0),
    total: group[key],
  }));
  const byName = new Map(series.map((one) => [one.name, one]));
  for (const row of parts) {
    const place = places.get(row.timestamp);
    if (place !== undefined && byName.has(row[view.by])) byName.get(row[view.by]).values[place] = row[key];
  }
  return groups.length < SHOWN ? series : [...series, others(key, buckets, series)];
}

// What the shown groups leave of the whole. Money is a sum of doubles: its last digits may not cancel out.
function others(key, buckets, series) {
  const values = buckets.map((row, place) =>
    Math.max(0, row[key] - series.reduce((sum, one) => sum + one.values[place], 0)),
  );
  const rest = values.map((value) => (value < 1e-9 ? 0 : value));
  return {
    name: "all others",
    kind: "others",
    values: rest,
    total: rest.reduce((sum, value) => sum + value, 0),
  };
}

function legend(view, series, format) {
  const entries = series
    .filter((one) => one.total > 0)
    .map((one) => {
      const name =
        one.kind === "others"
          ? h("span", {}, one.name)
          : h(
              "a",
              {
                href: address(withFilter(view, view.by, one.name)),
                title: `only ${nameOf(one.name)}`,
              },
              nameOf(one.name),
            );
      return h(
        "li",
        {},
        h("i", { class: `key k${one.kind}` }),
        name,
        figure(format.short(one.total), format.exact(one.total), one.total),
      );
    });
  return h("ul", { class: "legend" }, entries);
}
