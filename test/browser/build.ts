/** Before the browser tests: both packages and the console, as `npm run build` makes them, so that none is stale. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export function setup(): void {
  const options = { cwd: join(import.meta.dirname, "../.."), stdio: "pipe" } as const;
  execFileSync("npm", ["run", "build"], options);
}
