// What to do when there is no answer: give a token, mend the address, or wait until the collector is back.

import { Away, NeedsToken, Refused, rememberToken } from "./api.js";
import { h } from "./dom.js";

const RETRY_S = 5;

let retrying = 0;

export function showProblem(error, { notice, status, content, again }) {
  clearTimeout(retrying);
  status.textContent = "";
  if (error instanceof Away) {
    notice.replaceChildren(away(error));
    retrying = setTimeout(again, RETRY_S * 1000);
    return;
  }
  content.replaceChildren();
  content.removeAttribute("aria-busy");
  if (error instanceof NeedsToken) {
    // The form stays as it is while somebody types into it.
    if (!notice.querySelector("form") || error.message !== notice.dataset.said)
      notice.replaceChildren(askForToken(error, again));
  } else if (error instanceof Refused) {
    notice.replaceChildren(refused(error));
  } else {
    throw error;
  }
  notice.dataset.said = error.message;
}

function askForToken(error, again) {
  const input = h("input", { id: "token", type: "password", autocomplete: "off", required: true, size: 40 });
  const send = (event) => {
    event.preventDefault();
    rememberToken(input.value.trim());
    again();
  };
  return h(
    "form",
    { class: "card editing", onsubmit: send },
    h("h2", {}, "This collector wants a read token"),
    h("p", {}, error.message),
    h(
      "p",
      { class: "note" },
      "It is in the collector's token file or in TOKENLAKE_READ_TOKEN. ",
      "This browser keeps it until the tab is closed.",
    ),
    h("label", { for: "token" }, "Read token "),
    input,
    " ",
    h("button", {}, "Show the figures"),
  );
}

function refused(error) {
  return h(
    "div",
    { class: "card" },
    h("h2", {}, "The collector cannot show this view"),
    h("p", {}, error.message),
    h("p", {}, h("a", { href: "?" }, "Start again with the first view")),
  );
}

function away(error) {
  return h(
    "div",
    { class: "card" },
    h("h2", {}, "No answer from the collector"),
    h("p", {}, `${error.message} Trying again every ${RETRY_S} seconds; what stands below may be old.`),
    h("p", { class: "note" }, "Does it run? ", h("code", {}, "tokenlake serve"), " starts one."),
  );
}
