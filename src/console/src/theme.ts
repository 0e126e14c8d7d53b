/** Light, dark, or what the system says; kept in this browser, where it may be kept. */
const key = "console-theme";

export type Theme = "system" | "light" | "dark";

/** A browser that keeps nothing for this site throws when it is asked for its storage. */
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
