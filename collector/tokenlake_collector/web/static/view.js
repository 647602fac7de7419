// The view: what is shown, as the address says it. A view is a link.

import { DIMENSIONS, UNITS } from "./dimensions.js";
import { RANGES } from "./range.js";

const CHOICES = { range: Object.keys(RANGES), by: Object.keys(DIMENSIONS), unit: Object.keys(UNITS) };
const DEFAULTS = { range: "7d", by: "model", unit: "tokens" };
const DAY = /^\d{4}-\d\d-\d\d$/;

export function readView(search) {
  const given = new URLSearchParams(search);
  const view = {
    tz: given.get("tz") || browserZone(),
    page: Math.max(1, Number.parseInt(given.get("page")) || 1),
  };
  for (const [key, allowed] of Object.entries(CHOICES)) {
    view[key] = allowed.includes(given.get(key)) ? given.get(key) : DEFAULTS[key];
  }
  for (const key of ["from", "to"]) view[key] = DAY.test(given.get(key)) ? given.get(key) : null;
  for (const key of ["session", "trace"]) view[key] = given.get(key);
  if (view.range === "custom" && !(view.from && view.to && view.from <= view.to)) view.range = DEFAULTS.range;
  view.filters = [...given].filter(([key]) => Object.hasOwn(DIMENSIONS, key));
  return view;
}

export function address(view) {
  const query = new URLSearchParams({ range: view.range });
  if (view.range === "custom") for (const key of ["from", "to"]) query.set(key, view[key]);
  for (const key of ["by", "unit", "tz"]) query.set(key, view[key]);
  for (const [column, value] of view.filters) query.append(column, value);
  for (const key of ["session", "trace"]) if (view[key] !== null) query.set(key, view[key]);
  if (view.page > 1) query.set("page", view.page);
  return `?${query}`;
}

export const currentView = () => readView(location.search);

// A session and a trace are shown whole, whatever the range and the filters are.
export const isDetail = (view) => view.session !== null || view.trace !== null;

export const overviewOf = (view) => ({ ...view, session: null, trace: null, page: 1 });

// A change of what is counted leads back to the first page, and out of a single session.
export const changed = (view, changes) => ({ ...overviewOf(view), ...changes });

export function withFilter(view, column, value) {
  const others = view.filters.filter(([key]) => key !== column);
  return changed(view, { filters: [...others, [column, value ?? ""]] });
}

export function withoutFilter(view, index) {
  return changed(view, { filters: view.filters.filter((_, place) => place !== index) });
}

export function go(view) {
  history.pushState(null, "", address(view));
  dispatchEvent(new Event("viewchange"));
}

export function followLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='?']");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.getAttribute("href"));
    dispatchEvent(new Event("viewchange"));
    scrollTo(0, 0);
  });
  addEventListener("popstate", () => dispatchEvent(new Event("viewchange")));
}

function browserZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
