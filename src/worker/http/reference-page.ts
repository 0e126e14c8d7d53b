/**
 * The policy of the page that Better Auth's `openAPI()` serves. It has a script in the page and one of a content delivery
 * network, which the policy of other answers would not run. The page allows those two, by hash and by address, and may ask
 * this Worker alone.
 */
import type { MiddlewareHandler } from "hono";

interface Plugin {
  id: string;
  endpoints?: Readonly<Record<string, { path?: string | undefined }>> | undefined;
}

/** The path of the page below the base path, if the owner has the plugin. */
export const referencePath = (plugins: readonly Plugin[]): string | undefined =>
  plugins.find(({ id }) => id === "open-api")?.endpoints?.["openAPIReference"]?.path;

export const referencePage: MiddlewareHandler = async (context, next) => {
  await next();
  const { headers } = context.res;
  const isPage = headers.get("Content-Type")?.startsWith("text/html") === true;
  if (!isPage || headers.has("Content-Security-Policy")) return;
  const policy = await policyOf(await context.res.clone().text());
  context.header("Content-Security-Policy", policy);
};

async function policyOf(page: string): Promise<string> {
  const scripts = [...page.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)];
  const sources = scripts.map(async ([, attributes = "", text = ""]) => {
    const [, address] = /\bsrc="(https:[^"\s;]+)"/.exec(attributes) ?? [];
    return address ?? `'sha256-${await digest(text)}'`;
  });
  return [
    "default-src 'none'",
    `script-src ${(await Promise.all(sources)).join(" ")}`,
    "style-src 'unsafe-inline'",
    "font-src https: data:",
    "img-src https: data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
