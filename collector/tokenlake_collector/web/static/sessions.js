// Pages of sessions, each a link to its calls.

import { ask } from "./api.js";
import { nameOf } from "./dimensions.js";
import { figure, h, panel, table } from "./dom.js";
import { MOMENT, MOMENT_EXACT, count, exact, wallClock } from "./format.js";
import { costOf } from "./top_table.js";
import { address } from "./view.js";

export const PAGE = 15;

const COLUMNS = [
  { title: "Session" },
  { title: "Last call" },
  { title: "User" },
  { title: "Models" },
  { title: "Calls", number: true },
  { title: "Errors", number: true },
  { title: "Tokens", number: true },
  { title: "Cost", number: true },
];

export function askSessions(view, asked, signal) {
  const page = [
    ["limit", PAGE],
    ["offset", (view.page - 1) * PAGE],
  ];
  return ask("metrics/token/sessions", [...asked, ...page], signal);
}

export function drawSessions(view, { body, count: all }) {
  const sessions = table(
    "Sessions",
    COLUMNS,
    body.map((session) => row(view, session)),
  );
  return panel(
    "sessions",
    "Sessions",
    `${exact(all)} in all, the latest first`,
    sessions,
    pager(view, Math.ceil(all / PAGE)),
  );
}

function row(view, session) {
  const name = nameOf(session.session_id);
  const models = session.models.map(nameOf);
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row" },
      h(
        "a",
        {
          href: address({ ...view, session: session.session_id ?? "", page: 1 }),
          title: `the calls of ${name}`,
        },
        name,
      ),
    ),
    h(
      "td",
      { title: wallClock(session.last_timestamp, MOMENT_EXACT) },
      wallClock(session.last_timestamp, MOMENT),
    ),
    h("td", { class: "clip", title: nameOf(session.user_id) }, nameOf(session.user_id)),
    h(
      "td",
      { class: "clip", title: models.join(", ") },
      models.length > 1 ? `${models[0]} +${models.length - 1}` : (models[0] ?? "–"),
    ),
    h("td", { class: "right" }, figure(count(session.calls), exact(session.calls), session.calls)),
    h(
      "td",
      { class: "right" },
      figure(count(session.errors), exact(session.errors), session.errors, {
        class: session.errors ? "number bad" : "number",
      }),
    ),
    h(
      "td",
      { class: "right" },
      figure(count(session.total_tokens), exact(session.total_tokens), session.total_tokens),
    ),
    h("td", { class: "right" }, costOf(session)),
  );
}

export function pager(view, pages) {
  if (pages <= 1) return "";
  const link = (page, text) =>
    page < 1 || page > pages
      ? h("span", { class: "note" }, text)
      : h("a", { href: address({ ...view, page }) }, text);
  return h(
    "nav",
    { class: "pager", "aria-label": "Pages" },
    link(view.page - 1, "← newer"),
    h("span", {}, `page ${view.page} of ${exact(pages)}`),
    link(view.page + 1, "older →"),
  );
}
