/** The console's build, as it is served: for production, and no larger than it has to be. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** What every visitor loads first: React, the router, the SDK, and the components before and after signing in. */
const entryLimitBytes = 185_000;
/** Said by React's development build alone, which is larger, slower, and shows its insides. */
const ofDevelopment = "Download the React DevTools";

export function checkConsoleBuild(folder: string): { entryBytes: number; problems: string[] } {
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const [, entry = ""] = /<script type="module"[^>]* src="\/([^"]+)"/.exec(page) ?? [];
  const entryBytes = gzipSync(readFileSync(join(folder, entry))).byteLength;
  const assets = join(folder, "assets");
  const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"));
  const development = scripts.filter((name) =>
    readFileSync(join(assets, name), "utf8").includes(ofDevelopment),
  );
  return {
    entryBytes,
    problems: [
      ...development.map((name) => `${name} is a development build`),
      ...(entryBytes > entryLimitBytes
        ? [`${entry} has ${entryBytes} bytes gzip, over ${entryLimitBytes}`]
        : []),
    ],
  };
}
