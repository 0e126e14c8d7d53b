/** Better Auth's `/two-factor/disable` and `/two-factor/generate-backup-codes`, which take a code of the factor as well. */
import * as z from "zod";
import { replacement, type Endpoint } from "./override.ts";
import { assertUpstream } from "./upstream-changed.ts";

/** `two-factor/factor-for-changes.ts` reads the code, and Better Auth does not. */
export function takeCodeToWeakenFactor<Given extends Endpoint & { options: { body: z.ZodObject } }>(
  endpoint: Given,
): Given {
  const { options } = endpoint;
  assertUpstream(
    "takeCodeToWeakenFactor",
    !("code" in options.body.shape),
    "the body has a code already",
  );
  const code = z.string().max(64).optional().meta({
    description:
      "A code of the authenticator, or a backup code. Required where two-factor authentication is on.",
  });
  const body = options.body.extend({ code });
  return replacement(
    "takeCodeToWeakenFactor",
    Object.assign(endpoint, { options: { ...options, body } }),
  );
}
