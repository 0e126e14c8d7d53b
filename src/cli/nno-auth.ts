#!/usr/bin/env node
/**
 * `nno-auth`, the operator's command line: picks the command, and turns every error into one line and an exit code. Only this
 * folder knows both the provisioning job and the local Cloudflare.
 */
import { readArguments, type Arguments, type Values } from "./arguments.ts";
import { runDeprovision } from "./commands/deprovision.ts";
import { runDoctor } from "./commands/doctor.ts";
import { runProvision } from "./commands/provision.ts";
import { runStatus } from "./commands/status.ts";
import { runUpgrade } from "./commands/upgrade.ts";
import { runVerify } from "./commands/verify.ts";
import { help } from "./help.ts";
import { createOutput, type Output } from "./output.ts";

const argv = process.argv.slice(2);
const output = createOutput(argv.includes("--json"));

async function main(): Promise<void> {
  const { command, platformId = "", values } = readArguments(argv);
  try {
    await runCommand(command, platformId, values, output);
  } catch (error) {
    output.error(error, values);
  }
}

async function runCommand(
  command: Arguments["command"],
  platformId: string,
  values: Values,
  to: Output,
): Promise<void> {
  switch (command) {
    case "help":
      return to.print(help);
    case "provision":
      return runProvision(platformId, values, to);
    case "deprovision":
      return runDeprovision(platformId, values, to);
    case "status":
      return runStatus(platformId, values, to);
    case "verify":
      return runVerify(platformId, values, to);
    case "upgrade":
      return runUpgrade(values, to);
    case "doctor":
      return runDoctor(values, to);
    // These two load Miniflare, which takes longer than most commands need altogether.
    case "local":
      return (await import("./commands/local.ts")).runLocal(values, to);
    case "start":
      return (await import("./commands/start.ts")).runStart(values, to);
  }
}

// If the arguments cannot be read, there are no options yet that could aim the advice.
await main().catch((error: unknown) => output.error(error, {}));
