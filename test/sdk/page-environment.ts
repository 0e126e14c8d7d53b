/** happy-dom without its network log, which prints every answer that is not 2xx and every lost connection. */
import { builtinEnvironments, type Environment } from "vitest/runtime";

const page = builtinEnvironments["happy-dom"];

const environment: Environment = {
  ...page,
  name: "page",
  async setup(global, options) {
    const { console } = global;
    // happy-dom logs to the console that it finds now. The tests use the real one.
    global.console = Object.create(console, { error: { value: printUnlessNetwork(console) } });
    try {
      return await page.setup(global, options);
    } finally {
      global.console = console;
    }
  },
};

export default environment;

function printUnlessNetwork(console: Console) {
  return (...line: unknown[]) => {
    if (!isNetworkLog(line[0])) console.error(...line);
  };
}

function isNetworkLog(entry: unknown): boolean {
  if (typeof entry === "string") return /^(GET|POST) http:\S+ \d{3} /.test(entry);
  return entry instanceof Error && "code" in entry && entry.code === "ECONNRESET";
}
