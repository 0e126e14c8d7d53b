/** Starts the server of `npm run dev`, once for all test files of this project. */
import { setTimeout as pause } from "node:timers/promises";
import type { TestProject } from "vitest/node";
import { startDevelopmentServer } from "../system/development-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    authOrigin: string;
    /** The one-time link that creates the first platform admin. */
    claimToken: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startDevelopmentServer();
  // The server prints it a moment after it starts to answer.
  let claimToken: string | undefined;
  while (claimToken === undefined) {
    await pause(50);
    claimToken = /claim#token=(\S+)/.exec(server.output())?.[1];
  }
  project.provide("authOrigin", server.origin);
  project.provide("claimToken", claimToken);
  return server.stop;
}
