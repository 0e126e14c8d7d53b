/** Parts of audit rules that the records of several routes share. */
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import { account, user } from "../../../db/schema.ts";
import type { AuditEventName } from "../../audit/event-names.ts";
import { text, type AuditRule, type Outcome } from "../../audit/rule.ts";

/** The tenant that the body names. Like Better Auth, this reads an empty id as none, and uses the active tenant. */
export const bodyTenant = ({ body, activeTenantId }: Outcome) =>
  text(body["organizationId"]) || activeTenantId;
export const bodyUser = ({ body }: Outcome) => body["userId"];
export const field = (value: unknown, key: string) =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
export const always = (event: AuditEventName) => () => event;

export const changesPassword = { operation: "update", table: account } as const;
export const changesUser = { operation: "update", table: user } as const;

/** For routes that ask the signed-in user for the password, which a session thief has to guess. */
export const asksForPassword: AuditRule = {
  failure: ({ code }) =>
    code === BASE_ERROR_CODES.INVALID_PASSWORD.code ? "password.check_failed" : undefined,
  detail: ({ failure }) => failure && { route: failure.path },
};

/** For every way to sign in, including those of plugins. */
export const signIn: AuditRule = {
  failure: always("sign_in.failed"),
  isForStrangers: true,
  detail: ({ body }) => ({
    email: text(body["email"])?.toLowerCase(),
    provider: text(body["provider"]),
  }),
};
