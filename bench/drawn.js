// When the first chart and when the whole page are on the screen, in ms since the page was asked for.
window.drawn = new Promise((resolve, reject) => {
  const chart = ".chart rect[data-bar]";
  const ends = { charts: chart, page: "main:not([aria-busy])" };
  const times = {};
  function note(name) {
    times[name] = performance.now();
    if ("charts" in times && "page" in times) resolve(times);
    if (!document.querySelector(chart)) reject(new Error(`no charts: ${document.body.innerText}`));
  }
  new MutationObserver(() => {
    for (const [name, selector] of Object.entries(ends)) {
      if (!document.querySelector(selector)) continue;
      delete ends[name];
      // What is drawn is painted after the callbacks of its frame; a task that they begin comes later.
      requestAnimationFrame(() => setTimeout(note, 0, name));
    }
  }).observe(document, { subtree: true, childList: true, attributes: true });
  setTimeout(reject, 120_000, new Error("not drawn within two minutes"));
});
