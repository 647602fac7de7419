// The first view: everything in the range, by one dimension and by the usual ones.

import { TABLES, UNITS } from "./dimensions.js";
import { h } from "./dom.js";
import { emptyState } from "./empty.js";
import { drawLatency } from "./latency.js";
import { among, latency, savings, selection, summary, timeline, total } from "./questions.js";
import { boundsOf } from "./range.js";
import { askSessions, drawSessions } from "./sessions.js";
import { drawTiles } from "./tiles.js";
import { SHOWN, drawTimeline } from "./timeline.js";
import { ROWS, drawTopTable } from "./top_table.js";
import { askWarnings, drawWarnings } from "./warnings.js";

// `drawEarly` is given the totals and the chart while the tables are still being asked for.
export async function showOverview(view, signal, drawEarly) {
  const bounds = boundsOf(view);
  const [asked, before] = [selection(view, bounds), selection(view, bounds.previous)];
  const sort = UNITS[view.unit].figure;
  const groups = await summary(asked, view.by, sort, SHOWN, signal);
  if (!groups.length) return emptyState(view, signal);
  const narrowed = among(asked, view.by, groups);
  const [buckets, parts, now, previous, times, timesBefore, saved] = await Promise.all([
    timeline(asked, bounds.interval, null, signal),
    timeline(narrowed, bounds.interval, view.by, signal),
    total(asked, signal),
    total(before, signal),
    latency(asked, null, signal),
    latency(before, null, signal),
    savings(asked, signal),
  ]);
  const head = [
    drawTiles({ ...now, ...times[0], ...saved }, { ...previous, ...timesBefore[0] }, buckets, bounds.length),
    drawTimeline(view, bounds.interval, buckets, parts, groups),
  ];
  drawEarly(head);
  const [warnings, slow, sessions, ...tables] = await Promise.all([
    askWarnings(view, asked, now, signal),
    latency(narrowed, view.by, signal),
    askSessions(view, asked, signal),
    ...TABLES.map((column) => summary(asked, column, sort, ROWS, signal)),
  ]);
  return [
    ...head,
    drawWarnings(view, now, warnings),
    h(
      "div",
      { class: "grid" },
      TABLES.map((column, index) => drawTopTable(view, column, tables[index], now)),
    ),
    drawLatency(view, groups, slow),
    drawSessions(view, sessions),
  ];
}
