// Live refresh: only while somebody looks, and never two at a time.

const EVERY_MS = 10_000;
const KEY = "tokenlake-live";

export function keepFresh(refresh) {
  const toggle = document.getElementById("live");
  toggle.checked = localStorage.getItem(KEY) !== "off";
  let timer = 0;
  const tick = async () => {
    await refresh();
    schedule();
  };
  // Somebody who is writing or pointing at a bar would lose it under the new one.
  const busy = () => document.querySelector("form.editing, .tip:not([hidden])") !== null;
  function schedule() {
    clearTimeout(timer);
    if (!toggle.checked || document.hidden) return;
    timer = setTimeout(() => (busy() ? schedule() : tick()), EVERY_MS);
  }
  toggle.addEventListener("change", () => {
    localStorage.setItem(KEY, toggle.checked ? "on" : "off");
    if (toggle.checked) tick();
    else schedule();
  });
  document.addEventListener("visibilitychange", () => {
    if (toggle.checked && !document.hidden) tick();
    else schedule();
  });
  schedule();
}
