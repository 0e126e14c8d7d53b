/** Starts, once for all files of this project, the server that `npm run dev` runs. */
import { setTimeout as pause } from "node:timers/promises";
import type { TestProject } from "vitest/node";
import { startDevelopmentServer } from "../system/development-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    authOrigin: string;
    /** The one-time link that makes the first platform admin. */
    claimToken: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startDevelopmentServer();
  // Printed a moment after the server answers.
  let claimToken: string | undefined;
  while (claimToken === undefined) {
    await pause(50);
    claimToken = /claim#token=(\S+)/.exec(server.output())?.[1];
  }
  project.provide("authOrigin", server.origin);
  project.provide("claimToken", claimToken);
  return server.stop;
}
