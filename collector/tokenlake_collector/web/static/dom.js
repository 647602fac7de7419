// Elements out of plain data. Text is only ever set as text: what came in a span cannot become markup.

const SVG = "http://www.w3.org/2000/svg";

export const h = (name, attributes = {}, ...children) =>
  filled(document.createElement(name), attributes, children);

export const svg = (name, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, name), attributes, children);

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

// A number: short to read, exact in its title, and raw for whoever reads the page with a program.
export const figure = (shown, exactly, value, attributes = {}) =>
  h("span", { class: "number", title: exactly, "data-value": value ?? "", ...attributes }, shown);

// A horizontal bar; its width is set through the style object, which the page's security policy allows.
export function bar(part, whole, attributes = {}) {
  const filledPart = h("span", { class: "fill" });
  filledPart.style.width = `${whole ? Math.min(100, (100 * part) / whole) : 0}%`;
  return h("span", { class: "bar", "aria-hidden": "true", ...attributes }, filledPart);
}

export function panel(id, title, note, ...children) {
  const heading = h("h2", { id: `${id}-title` }, title);
  const head = h("div", { class: "head" }, heading, note && h("p", { class: "note" }, note));
  return h("section", { id, class: "panel", "aria-labelledby": `${id}-title` }, head, ...children);
}

// Wide tables scroll in a frame of their own, which the keyboard can reach too.
export function table(label, columns, body) {
  const cells = columns.map(({ title, number, hint }) =>
    h("th", { scope: "col", class: number && "right", title: hint }, title),
  );
  const whole = h("table", {}, h("thead", {}, h("tr", {}, cells)), h("tbody", {}, body));
  return h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, whole);
}
