/**
 * The paths of routes are quoted in the register of routes and in the seam to Better Auth, and nowhere else in the Worker:
 * what holds for a route is in its record, so that nobody has to look for other places that know it by its path.
 */
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";

// Not by a name that the compiler follows: the Worker's sources have types of their own, not Node's.
const register = resolve("src/worker/auth/routes/template-routes.ts");
const { templateRoutes } = (await import(register)) as { templateRoutes: Record<string, unknown> };

const quotingFolders = /^src\/worker\/auth\/(routes|better-auth)\//;
/** The console's pages, some of which have the name of a route. */
const consolePages = "src/worker/auth/mail/console-pages.ts";

const paths = new Set(Object.keys(templateRoutes).map((name) => name.split(" ")[1] ?? ""));

/** A comment, or a string literal in quotes or backticks, whichever begins first. */
const commentOrString =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g;

/** `file:line path` of each string of a source that is the path of a route, also behind `/api/auth`. */
function quotedPaths(file: string, source: string): string[] {
  return [...source.matchAll(commentOrString)].flatMap((match) => {
    const [, ...quoted] = match;
    const text = quoted.find((literal) => literal !== undefined)?.replace(/^\/api\/auth(?=\/)/, "");
    if (text === undefined || !paths.has(text)) return [];
    const line = source.slice(0, match.index).split("\n").length;
    return [`${file}:${line} ${text}`];
  });
}

it("are quoted in the register and in the seam to Better Auth alone", () => {
  const files = globSync("src/worker/**/*.ts").filter(
    (file) => !quotingFolders.test(file) && file !== consolePages,
  );
  expect(files.length).toBeGreaterThan(80);
  const found = files.flatMap((file) => quotedPaths(file, readFileSync(file, "utf8")));
  expect(found).toEqual([]);
});

it("are found with the file and the line, in every kind of quotes, and not in comments", () => {
  const source = [
    'const one = "/change-password";',
    "const two = '/sign-in/email';",
    "const three = `/sign-out`;",
    'const four = "/api/auth/get-session";',
    '// "/change-password" in a comment',
    '/** `/sign-out`, "/sign-out" */',
    'const url = "https://example.com"; const five = "/ok";',
    'const other = "/change-passwords";',
  ].join("\n");
  expect(quotedPaths("a.ts", source)).toEqual([
    "a.ts:1 /change-password",
    "a.ts:2 /sign-in/email",
    "a.ts:3 /sign-out",
    "a.ts:4 /get-session",
    "a.ts:7 /ok",
  ]);
});
