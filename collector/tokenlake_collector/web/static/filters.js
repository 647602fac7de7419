// The filters that hold, each with a link that takes it away, and a form that adds one.

import { rows } from "./api.js";
import { DIMENSIONS, nameOf } from "./dimensions.js";
import { h } from "./dom.js";
import { boundsOf } from "./range.js";
import { selection } from "./questions.js";
import { address, go, isDetail, withFilter, withoutFilter } from "./view.js";

const place = document.getElementById("filters");
const OFFERED = 100;

export function drawFilters(view) {
  if (isDetail(view)) {
    place.replaceChildren();
    return;
  }
  const chips = view.filters.map(([column, value], index) =>
    h(
      "a",
      {
        class: "chip",
        href: address(withoutFilter(view, index)),
        "aria-label": `Remove the filter ${DIMENSIONS[column]} ${nameOf(value)}`,
      },
      h("span", { class: "note" }, DIMENSIONS[column]),
      ` ${nameOf(value)} `,
      h("b", { "aria-hidden": "true" }, "×"),
    ),
  );
  place.replaceChildren(...chips, opener(view));
}

function opener(view) {
  const open = () => {
    const form = addition(view);
    place.lastChild.replaceWith(form);
    form.querySelector("select").focus();
  };
  return h("button", { type: "button", class: "plain", id: "add-filter", onclick: open }, "+ Filter");
}

function addition(view) {
  const column = h(
    "select",
    { "aria-label": "Column" },
    Object.entries(DIMENSIONS).map(([key, label]) => h("option", { value: key }, label)),
  );
  const values = h("datalist", { id: "values" });
  const value = h("input", {
    list: "values",
    placeholder: "value, or empty for none",
    "aria-label": "Value",
    autocomplete: "off",
  });
  const offer = async () => values.replaceChildren(...(await suggestions(view, column.value)));
  column.addEventListener("change", offer);
  const submit = (event) => {
    event.preventDefault();
    go(withFilter(view, column.value, value.value));
  };
  const escape = (event) => event.key === "Escape" && drawFilters(view);
  offer();
  return h(
    "form",
    { class: "editing", onsubmit: submit, onkeydown: escape },
    column,
    value,
    values,
    h("button", {}, "Add"),
    h("button", { type: "button", class: "plain", onclick: () => drawFilters(view) }, "Cancel"),
  );
}

// Only a help: without an answer the value is typed.
async function suggestions(view, column) {
  const asked = [...selection(view, boundsOf(view)), ["group_by", column], ["limit", OFFERED]];
  const found = await rows("metrics/token/summary", asked).catch(() => []);
  return found.filter((row) => row[column]).map((row) => h("option", { value: row[column] }));
}
