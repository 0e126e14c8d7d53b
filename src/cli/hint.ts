/**
 * Adds the options of the current command to the commands that a message advises. An operator who copies such a command from
 * a run with `--state` must not end up at another Cloudflare.
 */
import type { Arguments } from "./arguments.ts";

const remote = ["provision", "status", "verify", "deprovision", "upgrade", "doctor"];
/** A command as messages write it: a name, perhaps a platform, and perhaps options that may name a platform too. */
const advice = new RegExp(
  `\\bnno-auth (${[...remote, "local", "start"].join("|")})\\b(?: (?:[a-z0-9]{10}\\b|<platformId>))?(?: --[a-z-]+(?: [a-z0-9]{10}\\b)?)*`,
  "g",
);

type Target = Pick<Arguments["values"], "local" | "state" | "root-domain">;

/** `text` with the target's options added to every `nno-auth` command in it. */
export function withTarget(text: string, target: Target): string {
  const state = target.state === undefined ? "" : ` --state ${quoted(target.state)}`;
  const local = target.local === true && state === "" ? " --local" : "";
  const domain = target["root-domain"];
  const root = domain === undefined ? "" : ` --root-domain ${quoted(domain)}`;
  return text.replace(advice, (command, name: string) =>
    remote.includes(name) ? command + local + state + root : command + state,
  );
}

const quoted = (value: string) =>
  /^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
