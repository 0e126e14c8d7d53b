/**
 * The unions of event names and error codes that the SDK exports, against the sources of the Worker. The compiler demands
 * words for each name of a union; this demands that a union has each name that the Worker uses, and no other.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BASE_ERROR_CODES } from "better-auth";
import { admin, organization, twoFactor } from "better-auth/plugins";
import { describe, expect, it } from "vitest";
import { auditEventNames } from "../../src/worker/auth/audit/event-names.ts";
import { betterAuthErrorCodes, workerErrorCodes } from "../../src/worker/error-codes.ts";

const root = join(import.meta.dirname, "../..");
const sources = globSync("src/worker/**/*.ts", { cwd: root })
  .filter((path) => !/\/(event-names|error-codes)\.ts$/.test(path))
  .map((path) => readFileSync(join(root, path), "utf8"))
  .join("\n");
const migrations = globSync("migrations/**/*.sql", { cwd: root })
  .map((path) => readFileSync(join(root, path), "utf8"))
  .join("\n");

const found = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name)),
];
const missingIn = (names: readonly string[], wanted: readonly string[]) =>
  wanted.filter((name) => !names.includes(name));

describe("the audit event names", () => {
  // A name in the form of an event may be that of a column.
  const isColumn = (name: string) => {
    const [table, column] = name.split(".");
    return new RegExp(`TABLE \`${table}\`[^;]*\`${column}\``).test(migrations);
  };
  const inForm = found(sources, /"([a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*)"/g);

  it("include every name that the Worker writes", () => {
    expect(inForm.length).toBeGreaterThan(50);
    const missing = missingIn(auditEventNames, inForm);
    expect(missing.filter((name) => !isColumn(name))).toEqual([]);
  });

  it("include no name that the Worker never writes", () => {
    expect(missingIn(inForm, auditEventNames)).toEqual([]);
  });
});

describe("the error codes", () => {
  // Names in the form of a code that are something else.
  const notCodes = [
    // SQLite's own code, for plugins that catch a broken constraint and try again.
    "SQLITE_CONSTRAINT_UNIQUE",
    // Bindings and variables of the Worker.
    "RATE_LIMITER",
    "TURNSTILE_SECRET_KEY",
    "PLATFORM_ID",
    "ROOT_DOMAIN",
    "AUTH_URL",
    "CONSOLE_URL",
    "COOKIE_DOMAIN",
    "TRUSTED_ORIGINS",
    "EMAIL_FROM",
    "RESEND_API_KEY",
    "TURNSTILE_SECRET_KEY",
    "BETTER_AUTH_SECRET",
    "BETTER_AUTH_SECRETS",
    // Better Auth's names of HTTP statuses.
    "SERVICE_UNAVAILABLE",
    "INTERNAL_SERVER_ERROR",
    // Counted as a wrong guess if a plugin of the platform's owner answers with it.
    "INVALID_OTP",
  ];
  const inForm = [
    // Strings, keys of tables of messages, and members of Better Auth's tables of codes.
    /"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g,
    /^\s+([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+):/gm,
    /(?:[cC]odes|CODES)\.([A-Z][A-Z0-9_]*)/g,
    // A code of one word is a code only where it stands as one.
    /\bcode: "([A-Z]+)"/g,
    /\brefuse\(\s*"([A-Z]+)"/g,
    /\b\d{3}: "([A-Z]+)"/g,
  ].flatMap((pattern) => found(sources, pattern));
  const raised = found(migrations, /RAISE\(ABORT, '([A-Z_]+)'\)/g);
  const union: string[] = [...workerErrorCodes, ...betterAuthErrorCodes];

  it("include every code that the Worker answers with", () => {
    expect(new Set(inForm).size).toBeGreaterThan(70);
    expect(missingIn([...union, ...notCodes], inForm)).toEqual([]);
  });

  it("include every code that a trigger of the database raises", () => {
    expect(raised.length).toBeGreaterThan(5);
    expect(missingIn(union, raised)).toEqual([]);
  });

  it("include no code that the Worker never answers with", () => {
    expect(missingIn(inForm, workerErrorCodes)).toEqual([]);
  });

  it("include no code of Better Auth's that this version of it lacks", () => {
    const plugins = [
      organization({ dynamicAccessControl: { enabled: true } }),
      twoFactor(),
      admin(),
    ];
    const known = [BASE_ERROR_CODES, ...plugins.map(({ $ERROR_CODES }) => $ERROR_CODES)];
    expect(missingIn(known.flatMap(Object.keys), betterAuthErrorCodes)).toEqual([]);
  });
});
