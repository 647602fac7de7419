// What makes the figures less than they could be, and what to do about it.

import { nameOf } from "./dimensions.js";
import { h } from "./dom.js";
import { count, exact, share } from "./format.js";
import { summary, total } from "./questions.js";
import { address, changed, withFilter } from "./view.js";

const UNATTRIBUTED = { session_id: "session", user_id: "user" };
const NAMED = 3;
// Under a hundredth of the tokens it is an oddity, not a setting that is missing.
const WORTH_SAYING = 0.01;

export async function askWarnings(view, asked, now, signal) {
  const columns = Object.keys(UNATTRIBUTED).filter((column) => !view.filters.some(([key]) => key === column));
  const [unpriced, ...absent] = await Promise.all([
    now.unpriced_calls ? summary(asked, "model", "unpriced_calls", NAMED, signal) : [],
    ...columns.map((column) => total([...asked, [column, ""]], signal)),
  ]);
  return {
    unpriced: unpriced.filter((row) => row.unpriced_calls),
    absent: columns.map((column, index) => [column, absent[index].total_tokens]),
  };
}

export function drawWarnings(view, now, { unpriced, absent }) {
  const found = [
    unpriced.length ? noPrice(view, now, unpriced) : null,
    ...absent
      .filter(([, tokens]) => tokens > WORTH_SAYING * now.total_tokens)
      .map(([column, tokens]) => noOwner(view, now, column, tokens)),
  ].filter(Boolean);
  return found.length ? h("ul", { id: "warnings", class: "warnings", "aria-label": "Warnings" }, found) : "";
}

function noPrice(view, now, models) {
  const links = models.flatMap((row, index) => [
    index ? ", " : "",
    h("a", { href: address(withFilter(view, "model", row.model)) }, nameOf(row.model)),
  ]);
  return h(
    "li",
    { "data-warning": "unpriced", "data-value": now.unpriced_calls },
    h(
      "b",
      {},
      `${exact(now.unpriced_calls)} ${now.unpriced_calls === 1 ? "call has" : "calls have"} no known price`,
    ),
    " and add nothing to the cost: ",
    links,
    ". Give their prices with ",
    h("code", {}, "tokenlake serve --prices"),
    ", then run ",
    h("code", {}, "tokenlake reprice"),
    ".",
  );
}

function noOwner(view, now, column, tokens) {
  const what = UNATTRIBUTED[column];
  return h(
    "li",
    { "data-warning": column, "data-value": tokens },
    h("b", {}, `${share(tokens, now.total_tokens)} of the tokens have no ${what}`),
    ` (${count(tokens)}): `,
    h(
      "a",
      { href: address(changed(withFilter(view, column, ""), { by: "service_name" })) },
      "which services send them",
    ),
    ". Set ",
    h("code", {}, column === "user_id" ? "user.id" : "gen_ai.conversation.id"),
    " on any span of the trace, or use ",
    h("code", {}, `tracking_context(${column}=…)`),
    ".",
  );
}
