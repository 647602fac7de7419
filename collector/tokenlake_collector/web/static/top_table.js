// The largest groups of one dimension, with their share of the whole.

import { DIMENSIONS, UNITS, nameOf } from "./dimensions.js";
import { bar, figure, h, panel, table } from "./dom.js";
import { count, exact, exactMoney, money, share } from "./format.js";
import { address, changed, withFilter } from "./view.js";

export const ROWS = 8;

export function drawTopTable(view, column, groups, whole) {
  const sum = whole[UNITS[view.unit].figure];
  const columns = [
    { title: DIMENSIONS[column] },
    { title: "Share", hint: `of all ${view.unit}` },
    { title: "Tokens", number: true },
    { title: "Cost", number: true },
    { title: "Calls", number: true },
    { title: "Cache", number: true, hint: "part of the input that was read from a cache" },
  ];
  const body = groups.map((group) => row(view, column, group, sum));
  const more = h("a", { href: address(changed(view, { by: column })) }, "over time");
  return panel(
    `top-${column}`,
    `${DIMENSIONS[column]}s`,
    more,
    table(`${DIMENSIONS[column]}s`, columns, body),
  );
}

function row(view, column, group, sum) {
  const part = group[UNITS[view.unit].figure];
  const name = nameOf(group[column]);
  const cached = group.input_tokens ? group.cache_read_tokens / group.input_tokens : 0;
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row" },
      h("a", { href: address(withFilter(view, column, group[column])), title: `only ${name}` }, name),
    ),
    h(
      "td",
      { class: "share" },
      bar(part, sum),
      figure(share(part, sum), `${exact(part)} of ${exact(sum)}`, part),
    ),
    h(
      "td",
      { class: "right" },
      figure(count(group.total_tokens), exact(group.total_tokens), group.total_tokens),
    ),
    h("td", { class: "right" }, costOf(group)),
    h("td", { class: "right" }, figure(count(group.calls), exact(group.calls), group.calls)),
    h(
      "td",
      { class: "right" },
      figure(share(cached, 1), `${exact(group.cache_read_tokens)} of ${exact(group.input_tokens)}`, cached),
    ),
  );
}

// What has no price is not free: a cost without it is marked.
export function costOf(row) {
  const { estimated_cost: cost, unpriced_calls: unpriced } = row;
  if (!unpriced) return figure(money(cost), exactMoney(cost), cost);
  const title = `${exactMoney(cost)}, and ${exact(unpriced)} calls without a known price`;
  return figure(cost ? `${money(cost)} +` : "no price", title, cost, { class: "number unsure" });
}
