/** Secrets from the command line: `--secret NAME=value`, and `--secrets-file` as JSON or .env. Values are never printed. */
import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { z } from "zod";
import { UsageError } from "./usage-error.ts";

export async function readSecrets(
  assignments: readonly string[],
  file: string | undefined,
): Promise<Record<string, string>> {
  const secrets = file === undefined ? {} : await readSecretsFile(file);
  for (const assignment of assignments) {
    const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.+)$/s.exec(assignment) ?? [];
    if (name === undefined || value === undefined) {
      const shown = assignment.split("=")[0];
      throw new UsageError(`--secret ${shown}: write it as NAME=value, with the name in capitals`);
    }
    secrets[name] = value;
  }
  return secrets;
}

/**
 * Warns of secrets that were passed as arguments: every user of the machine sees them in the list of processes while the
 * command runs, and the shell keeps them in its history. A client id is not a secret.
 */
export function warningOfArguments(assignments: readonly string[]): string | undefined {
  const names = assignments
    .map((assignment) => assignment.split("=")[0] ?? "")
    .filter((name) => !name.endsWith("_CLIENT_ID"));
  if (names.length === 0) return undefined;
  return `${names.join(", ")} can be seen in the list of processes and in the history of your shell: use --secrets-file, and replace what you passed with --secret`;
}

async function readSecretsFile(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UsageError(`--secrets-file ${file} cannot be read`, { cause });
  });
  if (!text.trimStart().startsWith("{")) {
    const secrets: Record<string, string> = {};
    for (const [name, value] of Object.entries(parseEnv(text))) {
      if (value !== undefined) secrets[name] = value;
    }
    return secrets;
  }
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(`--secrets-file ${file}: its JSON must be an object of strings`, {
      cause,
    });
  }
}
