/** Reads and checks the command line: the command, its platform and its options. */
import { parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

const commands = {
  provision: "one",
  status: "optional",
  verify: "one",
  deprovision: "one",
  upgrade: "none",
  doctor: "none",
  local: "none",
  start: "none",
} as const;
export type Command = keyof typeof commands;

const options = {
  "claim-email": { type: "string" },
  claim: { type: "boolean" },
  secret: { type: "string", multiple: true },
  "secrets-file": { type: "string" },
  "custom-domain": { type: "string" },
  "cookie-domain": { type: "string" },
  "console-url": { type: "string" },
  "email-from": { type: "string" },
  zone: { type: "string" },
  location: { type: "string" },
  jurisdiction: { type: "string" },
  "no-wait": { type: "boolean" },
  rings: { type: "string" },
  concurrency: { type: "string" },
  confirm: { type: "string" },
  "export-folder": { type: "string" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
  "root-domain": { type: "string" },
  local: { type: "boolean" },
  state: { type: "string" },
  port: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;
type Option = keyof typeof options;

const everywhere: Option[] = ["json", "help"];
const remote: Option[] = [...everywhere, "root-domain", "local", "state"];
const machine: Option[] = [...everywhere, "state", "port"];
const allowed: Record<Command, Option[]> = {
  provision: [
    ...remote,
    "claim-email",
    "claim",
    "secret",
    "secrets-file",
    "custom-domain",
    "cookie-domain",
    "console-url",
    "email-from",
    "zone",
    "location",
    "jurisdiction",
    "no-wait",
    "dry-run",
  ],
  status: remote,
  verify: remote,
  deprovision: [...remote, "confirm", "export-folder", "no-wait", "dry-run"],
  upgrade: [...remote, "rings", "concurrency", "dry-run"],
  doctor: remote,
  local: machine,
  start: machine,
};

export type Arguments = ReturnType<typeof readArguments>;
export type Values = Arguments["values"];

/** @throws UsageError, one line, for anything that is not a command or one of its options. */
export function readArguments(argv: readonly string[]) {
  const { values, positionals } = parse(argv);
  const [command, platformId, ...rest] = positionals;
  if (command === undefined && values.json === true && values.help !== true) {
    throw new UsageError("which command? see nno-auth --help");
  }
  if (values.help === true || command === undefined || command === "help") {
    return { command: "help" as const, platformId: undefined, values };
  }
  if (!isCommand(command)) {
    throw new UsageError(`${command} is not a command; see nno-auth --help`);
  }
  for (const name of Object.keys(values)) {
    if (!allowed[command].some((option) => option === name)) {
      throw new UsageError(`${command} has no option --${name}; see nno-auth --help`);
    }
  }
  const wanted = commands[command];
  if (wanted === "one" && platformId === undefined) {
    throw new UsageError(`which platform? nno-auth ${command} <platformId>`);
  }
  if (rest.length > 0 || (wanted === "none" && platformId !== undefined)) {
    throw new UsageError(`too many arguments; see nno-auth --help`);
  }
  return { command, platformId, values };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${message.split(". ")[0]?.replace(/\.$/, "")}; see nno-auth --help`, {
      cause,
    });
  }
}

/** @throws UsageError */
export function readCount(option: string, value: string): number {
  const count = Number(value);
  if (Number.isInteger(count) && count > 0) return count;
  throw new UsageError(`${option} ${value}: expected a whole number, at least 1`);
}

/** @throws UsageError */
export function readPort(value: string | undefined, standard: number): number {
  const port = Number(value ?? standard);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new UsageError(`--port ${value}: a port is a whole number from 1 to 65535`);
}

function isCommand(value: string): value is Command {
  return Object.hasOwn(commands, value);
}
