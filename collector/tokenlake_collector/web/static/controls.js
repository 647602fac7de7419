// The controls: range, group, unit and zone. Each one is a change of the address.

import { DIMENSIONS, UNITS } from "./dimensions.js";
import { h } from "./dom.js";
import { RANGES, boundsOf, dateIn } from "./range.js";
import { address, changed, go, isDetail } from "./view.js";

const place = document.getElementById("controls");

export function drawControls(view) {
  if (place.contains(document.activeElement) && document.activeElement.type === "date") return;
  const focused = document.activeElement?.id;
  const zone = (to) => select("tz", "Time zone", zones(view.tz), view.tz, (tz) => go({ ...to, tz }));
  if (isDetail(view)) {
    place.replaceChildren(zone(view));
    return;
  }
  place.replaceChildren(
    choices("Range", "range", presets(view)),
    view.range === "custom" ? customDates(view) : "",
    select("by", "By", Object.entries(DIMENSIONS), view.by, (by) => go(changed(view, { by }))),
    choices("Unit", "unit", units(view)),
    zone(changed(view, {})),
  );
  if (focused) document.getElementById(focused)?.focus();
}

function presets(view) {
  return Object.entries(RANGES).map(([range, { label }]) => {
    const dates =
      range === "custom"
        ? { from: view.from ?? firstDay(view), to: view.to ?? dateIn(view.tz, new Date()) }
        : {};
    return { key: range, label, to: changed(view, { range, ...dates }), current: range === view.range };
  });
}

function units(view) {
  return Object.entries(UNITS).map(([unit, { label }]) => ({
    key: unit,
    label,
    to: changed(view, { unit }),
    current: unit === view.unit,
  }));
}

// Links, not buttons: each can be opened in a tab of its own, or copied.
function choices(label, name, options) {
  const links = options.map(({ key, label: text, to, current }) =>
    h("a", { id: `${name}-${key}`, href: address(to), "aria-current": current && "true" }, text),
  );
  return h("div", { class: "choices", role: "group", "aria-label": label }, links);
}

function select(id, label, options, chosen, choose) {
  const items = options.map(([value, text]) => h("option", { value, selected: value === chosen }, text));
  const field = h("select", { id, onchange: (event) => choose(event.target.value) }, items);
  return labelled(id, label, field);
}

const labelled = (id, label, field) => h("div", { class: "field" }, h("label", { for: id }, label), field);

function customDates(view) {
  const field = (key, label) => {
    const choose = (event) => {
      const dates = { from: view.from, to: view.to, [key]: event.target.value };
      if (dates.from && dates.to && dates.from <= dates.to) go(changed(view, dates));
    };
    const input = h("input", { id: key, type: "date", value: view[key], onchange: choose });
    return labelled(key, label, input);
  };
  return h("div", { class: "dates" }, field("from", "From"), field("to", "To, included"));
}

function firstDay(view) {
  const { start } = boundsOf({ ...view, range: view.range === "24h" ? "7d" : view.range });
  return start.slice(0, 10);
}

function zones(current) {
  return [...new Set(["UTC", current, ...Intl.supportedValuesOf("timeZone")])].map((zone) => [zone, zone]);
}
