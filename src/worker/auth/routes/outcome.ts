/** Parts of an outcome that records of several routes tell in their events. */
import { account, user } from "../../db/schema.ts";
import type { AuditEventName } from "../audit/event-names.ts";
import { text, type AuditRule, type Outcome } from "../audit/rule.ts";

/** As Better Auth reads it: an empty id names no tenant. */
export const bodyTenant = ({ body, activeTenantId }: Outcome) =>
  text(body["organizationId"]) || activeTenantId;
export const bodyUser = ({ body }: Outcome) => body["userId"];
export const field = (value: unknown, key: string) =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
export const always = (event: AuditEventName) => () => event;

export const changesPassword = { operation: "update", table: account } as const;
export const changesUser = { operation: "update", table: user } as const;

/** The route asks for the password of whoever is signed in: a thief of the session has to guess it. */
export const asksForPassword: AuditRule = {
  failure: ({ code }) => (code === "INVALID_PASSWORD" ? "password.check_failed" : undefined),
  detail: ({ failure }) => failure && { route: failure.path },
};

/** Every way to sign in, also a plugin's. */
export const signIn: AuditRule = {
  failure: always("sign_in.failed"),
  isForStrangers: true,
  detail: ({ body }) => ({
    email: text(body["email"])?.toLowerCase(),
    provider: text(body["provider"]),
  }),
};
