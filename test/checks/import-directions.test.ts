/**
 * Whether the import rules of `.oxlintrc.json` refuse an import that goes back up the map of CONTRIBUTING.md. A pattern that matches
 * no import that anybody would write is accepted by oxlint and protects nothing, so each is tried on a file of its own.
 */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface Import {
  from: string;
  specifier: string;
  isType?: boolean;
}

const imports = (from: string, specifiers: string[], isType = false): Import[] =>
  specifiers.map((specifier) => ({ from, specifier, isType }));

const refused = [
  ...imports("src/platform.ts", ["./release.ts", "zod"]),
  ...imports("src/worker/app.ts", ["../local/mailbox.ts", "../sdk/session.ts"]),
  ...imports("src/worker/request-scope.ts", ["./config.ts", "../sdk/session.ts"]),
  ...imports("src/worker/request-scope.ts", ["./auth/auth.ts", "./db/database.ts"], true),
  ...imports("src/worker/db/schema.ts", ["../config.ts", "../http/problem.ts", "../auth/a/b.ts"]),
  ...imports("src/worker/db/schema.ts", ["../own/plugin.ts"]),
  ...imports("src/worker/db/schema.ts", ["../config.ts", "../http/problem.ts"], true),
  ...imports("src/worker/db/pages/keyset.ts", ["../../config.ts", "../../http/problem.ts"]),
  ...["http", "cookies", "input", "email"].flatMap((room) => [
    ...imports(`src/worker/${room}/room.ts`, ["../auth/auth.ts", "../session-check/query.ts"]),
    ...imports(`src/worker/${room}/room.ts`, ["../auth/routes/record.ts", "../app.ts"], true),
    ...imports(`src/worker/${room}/room.ts`, ["../../sdk/session.ts"]),
  ]),
  ...imports("src/worker/session-check/query.ts", ["../app.ts", "../openapi/document.ts"]),
  ...imports("src/worker/auth/auth.ts", ["../config.ts", "../app.ts", "../session-check/query.ts"]),
  ...imports("src/worker/auth/audit/audit.ts", ["../../config.ts", "../../upkeep.ts"]),
  ...imports("src/worker/auth/audit/audit.ts", ["../../app.ts", "../../../local/page.ts"], true),
  ...imports("src/provisioning/plan.ts", ["node:fs", "node:fs/promises", "../local/page.ts"]),
  ...imports("src/local/edge.ts", ["../provisioning/plan.ts"]),
  ...imports("src/sdk/session.ts", ["node:fs/promises", "cloudflare:workers", "../worker/app.ts"]),
];

const accepted = [
  ...imports("src/worker/config.ts", ["../platform.ts", "zod"]),
  ...imports("src/worker/db/schema.ts", ["./pages/keyset.ts", "drizzle-orm", "../own/columns.ts"]),
  ...imports("src/worker/db/tables.ts", ["../own/schema.ts"]),
  ...imports("src/worker/db/pages/keyset.ts", ["../schema.ts"]),
  ...imports("src/worker/http/room.ts", ["../db/d1-errors.ts", "better-auth/api", "../config.ts"]),
  ...imports("src/worker/session-check/query.ts", ["../auth/auth.ts", "../db/schema.ts"]),
  ...imports("src/worker/auth/audit/audit.ts", ["../auth.ts", "../../db/schema.ts"]),
  ...imports("src/worker/auth/audit/audit.ts", ["../../config.ts"], true),
  ...imports("src/sdk/session.ts", ["../worker/auth/roles.ts"]),
];

let folder: string;
/** `file: specifier` of each import that oxlint refused. */
let refusals: Set<string>;

const nameOf = ({ from, specifier, isType }: Import) =>
  `${from}: ${isType === true ? "type " : ""}${specifier}`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "imports-"));
  copyFileSync(".oxlintrc.json", join(folder, ".oxlintrc.json"));
  const lines = Map.groupBy([...refused, ...accepted], ({ from }) => from);
  for (const [from, entries] of lines) {
    mkdirSync(dirname(join(folder, from)), { recursive: true });
    const text = entries.map(
      ({ specifier, isType }) =>
        `export ${isType === true ? "type " : ""}{ a } from "${specifier}";`,
    );
    writeFileSync(join(folder, from), text.join("\n"));
  }
  const report = await lint(folder);
  refusals = new Set(
    report.flatMap(({ code, filename, labels }) => {
      if (code !== "eslint(no-restricted-imports)") return [];
      const entry = lines.get(filename)?.[(labels[0]?.span.line ?? 0) - 1];
      return entry === undefined ? [] : [nameOf(entry)];
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Diagnostic {
  code: string;
  filename: string;
  labels: { span: { line: number } }[];
}

async function lint(cwd: string): Promise<Diagnostic[]> {
  const oxlint = resolve("node_modules/.bin/oxlint");
  return new Promise((done, fail) => {
    // It ends with 1 where it finds something.
    execFile(oxlint, ["--format=json"], { cwd }, (error, stdout) => {
      if (stdout === "") fail(error);
      else done((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics);
    });
  });
}

describe("the import rules", () => {
  it.each(refused.map((entry) => [nameOf(entry)]))("refuse %s", (name) => {
    expect(refusals).toContain(name);
  });

  it.each(accepted.map((entry) => [nameOf(entry)]))("accept %s", (name) => {
    expect(refusals).not.toContain(name);
  });
});
