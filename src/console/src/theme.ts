/** The theme: light, dark, or the one of the system. This browser remembers the choice if its settings allow that. */
const key = "console-theme";

export type Theme = "system" | "light" | "dark";

/** Reading `localStorage` throws in a browser whose settings block storage for this site. */
function withStorage<Result>(action: (storage: Storage) => Result): Result | undefined {
  try {
    return action(window.localStorage);
  } catch {
    return undefined;
  }
}

export function readTheme(): Theme {
  const kept = withStorage((storage) => storage.getItem(key));
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function applyTheme(theme: Theme = readTheme()): void {
  const { dataset } = document.documentElement;
  if (theme === "system") {
    delete dataset["theme"];
    withStorage((storage) => storage.removeItem(key));
    return;
  }
  dataset["theme"] = theme;
  withStorage((storage) => storage.setItem(key, theme));
}
