/** Light, dark, or what the system says; kept in this browser. */
const key = "console-theme";

export type Theme = "system" | "light" | "dark";

export function readTheme(): Theme {
  const kept = localStorage.getItem(key);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function applyTheme(theme: Theme = readTheme()): void {
  const { dataset } = document.documentElement;
  if (theme === "system") {
    localStorage.removeItem(key);
    delete dataset["theme"];
    return;
  }
  localStorage.setItem(key, theme);
  dataset["theme"] = theme;
}
