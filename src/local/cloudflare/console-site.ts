/** Serves the console's build at every platform's console host: its files, and one page for all other routes. */
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { readPlatformHost } from "../../platform.ts";

const contentTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

/** The platform whose console is at `host` (without port), under `rootDomain`. */
export function consolePlatform(host: string, rootDomain: string): string | undefined {
  const named = readPlatformHost(host);
  const isConsole = named?.service === "console.app" && named.rootDomain === rootDomain;
  return isConsole ? named.platformId : undefined;
}

/**
 * The file in `folder` that `pathname` names, or the page if there is no such file.
 *
 * @param authUrl the origin that the page may call.
 */
export async function serveConsole(
  folder: string,
  pathname: string,
  authUrl: string,
): Promise<Response> {
  const file = normalize(join(folder, pathname));
  const inside = file.startsWith(folder + sep) && extname(file) !== "";
  const content = inside ? await readFile(file).catch(() => undefined) : undefined;
  if (content === undefined && inside && pathname.startsWith("/assets/")) {
    return new Response("not found\n", { status: 404 });
  }
  const isPage = content === undefined || extname(file) === ".html";
  const type = isPage ? ".html" : extname(file);
  return new Response(new Uint8Array(content ?? (await readFile(join(folder, "index.html")))), {
    headers: {
      "Content-Type": contentTypes[type] ?? "application/octet-stream",
      "Cache-Control": isPage ? "no-cache" : "public, max-age=31536000, immutable",
      "Content-Security-Policy": `default-src 'self'; connect-src 'self' ${authUrl}; img-src 'self' data: https:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'`,
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
    },
  });
}
