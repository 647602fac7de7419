// The page: read the view from the address, show it, and say what is wrong when that fails.

import { drawControls } from "./controls.js";
import { drawFilters } from "./filters.js";
import { keepFresh } from "./live.js";
import { showOverview } from "./overview.js";
import { showProblem } from "./problems.js";
import { showSession } from "./session.js";
import { offerThemes } from "./theme.js";
import { showTrace } from "./trace.js";
import { address, currentView, followLinks } from "./view.js";

const content = document.getElementById("content");
const notice = document.getElementById("notice");
const status = document.getElementById("status");

let asking = new AbortController();

function pageOf(view) {
  if (view.trace !== null) return showTrace;
  return view.session === null ? showOverview : showSession;
}

// Draws the whole view anew; what stood there before stays until its successor is complete.
async function refresh() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const view = currentView();
  content.setAttribute("aria-busy", "true");
  try {
    const drawn = await pageOf(view)(view, signal, (parts) => drawEarly(parts, signal));
    if (signal.aborted) return;
    redraw(drawn);
    notice.replaceChildren();
    status.textContent = `as of ${new Date().toLocaleTimeString("en-GB", { timeZone: view.tz })}`;
    content.removeAttribute("aria-busy");
  } catch (error) {
    if (!signal.aborted) showProblem(error, { notice, status, content, view, again: refresh });
  }
}

// The keyboard stays where it was: on the link that leads to the same place, else at the top of what is new.
function redraw(drawn) {
  const focused = document.activeElement;
  const lost = content.contains(focused);
  content.replaceChildren(...drawn);
  if (!lost) return;
  const links = [...content.querySelectorAll("a[href]")];
  const same = links.find((link) => link.getAttribute("href") === focused.getAttribute("href"));
  (same ?? content).focus({ preventScroll: true });
}

// The first time there is nothing to keep: what is known already need not wait for the rest.
function drawEarly(parts, signal) {
  if (!signal.aborted && !content.hasChildNodes()) content.replaceChildren(...parts);
}

// An address that leaves something out is completed, so that whoever gets it as a link sees the same.
function change() {
  const view = currentView();
  history.replaceState(null, "", address(view));
  document.title = view.trace
    ? "Trace · tokenlake"
    : view.session === null
      ? "tokenlake"
      : "Session · tokenlake";
  drawControls(view);
  drawFilters(view);
  return refresh();
}

offerThemes();
followLinks();
addEventListener("viewchange", change);
await change();
keepFresh(refresh);
