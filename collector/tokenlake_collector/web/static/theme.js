// Dark and light: as the system has it, until somebody chooses.

const KEY = "tokenlake-theme";
const NEXT = { system: "light", light: "dark", dark: "system" };
const SIGNS = { system: "◐", light: "☀", dark: "☾" };

export function offerThemes() {
  const button = document.getElementById("theme");
  const show = (theme) => {
    document.documentElement.dataset.theme = theme;
    button.textContent = SIGNS[theme];
    button.title = `Colours: ${theme}`;
    button.setAttribute("aria-label", `Colours: ${theme}. Change to ${NEXT[theme]}`);
  };
  button.addEventListener("click", () => {
    const theme = NEXT[document.documentElement.dataset.theme];
    localStorage.setItem(KEY, theme);
    show(theme);
  });
  show(Object.hasOwn(NEXT, localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : "system");
}
