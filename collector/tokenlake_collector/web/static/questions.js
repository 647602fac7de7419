// The questions of the dashboard, as parameters of the HTTP interface.

import { rows } from "./api.js";

// What every question about a view has in common: its filters, its zone, and a stretch of time.
export function selection(view, { start, end }) {
  return [["start", start], ["end", end], ["timezone", view.tz], ...view.filters];
}

// Narrows to the groups that were found: a timeline of every user there ever was would be too long to send.
export function among(parameters, column, groups) {
  const others = parameters.filter(([key]) => key !== column);
  return [...others, ...groups.map((row) => [column, row[column] ?? ""])];
}

export const total = (parameters, signal) => rows("metrics/token/total", parameters, signal);

export function summary(parameters, column, sort, limit, signal) {
  const asked = [...parameters, ["group_by", column], ["sort", sort], ["limit", limit]];
  return rows("metrics/token/summary", asked, signal);
}

export function timeline(parameters, interval, column, signal) {
  const asked = [...parameters, ["interval", interval], ...(column ? [["group_by", column]] : [])];
  return rows("metrics/token/timeline", asked, signal);
}

export const savings = (parameters, signal) => rows("metrics/token/savings", parameters, signal);

export function latency(parameters, column, signal) {
  return rows("metrics/token/latency", [...parameters, ...(column ? [["group_by", column]] : [])], signal);
}
