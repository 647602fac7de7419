// Stacked bars as SVG, drawn for the width that there is. Arrow keys walk through the bars.

import { nameOf } from "./dimensions.js";
import { h, svg } from "./dom.js";

const HEIGHT = 240;
const MARGIN = { top: 10, right: 4, bottom: 24, left: 56 };
const TICK_PX = 68;
const KEYS = "Arrow keys read them out.";

const sumOf = (values) => values.reduce((sum, value) => sum + value, 0);

// `ticks` and `titles` name the bars; a series has name, kind (its colour) and a value for each of them.
export function stackedBars(bars, label) {
  const frame = h("div", { class: "chart" });
  let width = 0;
  new ResizeObserver(([{ contentRect }]) => {
    // A frame that was taken out of the page is told a width of 0.
    if (!contentRect.width || Math.round(contentRect.width) === width) return;
    width = Math.round(contentRect.width);
    frame.replaceChildren(...draw(bars, label, width));
  }).observe(frame);
  return frame;
}

function draw(bars, label, width) {
  const totals = bars.ticks.map((_, index) => sumOf(bars.series.map((one) => one.values[index])));
  const grid = gridOf(Math.max(...totals, 0));
  const scale = {
    x: (index) => MARGIN.left + (index * (width - MARGIN.left - MARGIN.right)) / totals.length,
    y: (value) => HEIGHT - MARGIN.bottom - (value / grid.at(-1)) * (HEIGHT - MARGIN.top - MARGIN.bottom),
  };
  const tip = h("div", { class: "tip", hidden: true, "aria-live": "polite" });
  const image = svg(
    "svg",
    {
      width,
      height: HEIGHT,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      role: "img",
      tabindex: "0",
      "aria-label": `${label}: ${bars.format.short(sumOf(totals))} in ${totals.length} bars. ${KEYS}`,
    },
    grid.map((value) => gridline(value, scale, width, bars.format)),
    xTicks(bars.ticks, scale),
    totals.map((_, index) => stack(bars.series, index, scale)),
  );
  image.append(...pointable(image, tip, bars, totals, scale, width));
  return [image, tip];
}

// Lines at round numbers, the highest one above all bars.
function gridOf(highest) {
  if (highest <= 0) return [0, 1];
  const rough = highest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, index) => index * step);
}

function gridline(value, scale, width, format) {
  const y = Math.round(scale.y(value)) + 0.5;
  return svg(
    "g",
    { class: "line" },
    svg("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }),
    svg("text", { x: MARGIN.left - 8, y: y + 4, "text-anchor": "end" }, format.short(value)),
  );
}

function xTicks(labels, scale) {
  const every = Math.ceil(TICK_PX / (scale.x(1) - scale.x(0)));
  const half = (scale.x(1) - scale.x(0)) / 2;
  return labels.map(
    (text, index) =>
      index % every === 0 &&
      svg("text", { class: "tick", x: scale.x(index) + half, y: HEIGHT - 6, "text-anchor": "middle" }, text),
  );
}

function stack(series, index, scale) {
  const gap = Math.min(6, (scale.x(1) - scale.x(0)) * 0.15);
  let below = 0;
  return series
    .filter((one) => one.values[index] > 0)
    .map((one) => {
      const [bottom, top] = [scale.y(below), scale.y((below += one.values[index]))];
      const size = {
        x: scale.x(index) + gap / 2,
        width: scale.x(1) - scale.x(0) - gap,
        y: top,
        height: Math.max(0.5, bottom - top),
      };
      return svg("rect", {
        class: `k${one.kind}`,
        "data-bar": index,
        "data-value": one.values[index],
        ...size,
      });
    });
}

function pointable(image, tip, bars, totals, scale, width) {
  let at = -1;
  const show = (index) => {
    at = Math.max(0, Math.min(totals.length - 1, index));
    light.setAttribute("x", scale.x(at));
    tip.replaceChildren(...readOut(bars, totals, at));
    tip.hidden = false;
    const left = scale.x(at) + (scale.x(1) - scale.x(0)) / 2 - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(0, Math.min(width - tip.offsetWidth, left))}px`;
    light.removeAttribute("visibility");
  };
  const hide = () => {
    tip.hidden = true;
    light.setAttribute("visibility", "hidden");
  };
  const light = svg("rect", {
    class: "light",
    y: MARGIN.top,
    width: scale.x(1) - scale.x(0),
    height: HEIGHT - MARGIN.top - MARGIN.bottom,
    visibility: "hidden",
  });
  image.addEventListener("pointermove", (event) => {
    const index = Math.floor((event.offsetX - MARGIN.left) / (scale.x(1) - scale.x(0)));
    if (index >= 0 && index < totals.length) show(index);
    else hide();
  });
  image.addEventListener("pointerleave", hide);
  image.addEventListener("blur", hide);
  image.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") hide();
    if (!step) return;
    event.preventDefault();
    show(at < 0 ? (step > 0 ? 0 : totals.length - 1) : at + step);
  });
  return [light];
}

function readOut({ series, titles, format }, totals, index) {
  const shown = series.filter((one) => one.values[index] > 0);
  const lines = shown.map((one) =>
    h(
      "li",
      {},
      h("i", { class: `key k${one.kind}` }),
      h("span", {}, nameOf(one.name)),
      h("b", { class: "number" }, format.short(one.values[index])),
    ),
  );
  return [
    h(
      "p",
      {},
      h("span", {}, titles[index]),
      h("b", { class: "number", title: format.exact(totals[index]) }, format.short(totals[index])),
    ),
    h("ul", {}, lines),
  ];
}
