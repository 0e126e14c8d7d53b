/** What a command prints: text for people, JSON for machines. Converts errors to their final form. */
import { ProvisioningError } from "../provisioning/provisioning-error.ts";
import type { Values } from "./arguments.ts";
import { withTarget } from "./hint.ts";

export interface Output {
  isJson: boolean;
  print(text: string): void;
  /** The result of a command: `text` for people, `result` for machines. */
  answer(result: unknown, text: string): void;
  /** One line on stderr, for people and machines. The command goes on. */
  warn(text: string): void;
  /** One line on stderr, or JSON on stdout. The process ends with exit code 1. */
  error(error: unknown, values: Values): void;
}

export function createOutput(isJson: boolean): Output {
  const print = (text: string) => {
    process.stdout.write(`${text}\n`);
  };
  return {
    isJson,
    print,
    answer: (result, text) => print(isJson ? JSON.stringify(result, undefined, 2) : text),
    warn: (text) => {
      process.stderr.write(`nno-auth: warning: ${text}\n`);
    },
    error(error, values) {
      process.exitCode = 1;
      if (isJson) return print(JSON.stringify({ error: describeError(error, values) }));
      const text = error instanceof ProvisioningError ? error.line : messageOf(error);
      const line = withTarget(text, values).replaceAll(/\s*\n\s*/g, " ");
      process.stderr.write(`nno-auth: ${line}\n`);
    },
  };
}

/** An error as JSON. */
export function describeError(error: unknown, values: Values) {
  if (!(error instanceof ProvisioningError)) {
    return { code: "usage", message: withTarget(messageOf(error), values) };
  }
  return { ...error.toJSON(), next: withTarget(error.next, values) };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
