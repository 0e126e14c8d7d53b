/**
 * Cloudflare's API as far as the job needs it, as one object. Each file beside this one owns the calls for one kind of
 * resource, the shape of their answers, and whether a call may be repeated. Nothing here decides anything about platforms.
 */
import { databaseCalls } from "./databases.ts";
import { domainCalls } from "./domains.ts";
import { createTransport, type CloudflareAccess } from "./transport.ts";
import { tokenCalls } from "./tokens.ts";
import { workerCalls } from "./workers.ts";

export type Cloudflare = ReturnType<typeof createCloudflare>;

/** @param access one account. Clients that share an account must share its rate budget too. */
export function createCloudflare(access: CloudflareAccess) {
  const call = createTransport(access);
  const accountPath = `/accounts/${encodeURIComponent(access.accountId)}`;
  return {
    accountId: access.accountId,
    ...workerCalls(call, accountPath),
    ...databaseCalls(call, accountPath),
    ...domainCalls(call, accountPath),
    ...tokenCalls(call),
  };
}
