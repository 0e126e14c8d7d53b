/** `@neutrino-io/sdk`: sessions, tenants, permissions and tokens for the consoles of a platform. */
export type { AuditEventName as NnoAuditEventName } from "../worker/auth/audit/event-names.ts";
export type { ErrorCode as NnoErrorCode } from "../worker/error-codes.ts";
export { createNnoAuthClient, type NnoAuthClient, type NnoAuthClientOptions } from "./client.ts";
export { NnoConfigurationError, type NnoConfigurationErrorCode } from "./configuration.ts";
export { RequireRole, SignedIn, SignedOut, type RequireRoleProps } from "./gates.tsx";
export type { NnoPermission, PlatformPermission, TenantPermission } from "./permissions.ts";
export { NnoAuthProvider, useNnoAuthClient, type NnoAuthProviderProps } from "./provider.tsx";
export type {
  NnoSession,
  NnoTenant,
  NnoTenantSummary,
  NnoUser,
  PlatformRole,
  TenantRole,
} from "./session.ts";
export { NnoSessionError, type NnoSessionErrorCode } from "./session-request.ts";
export type { NnoSessionState, NnoSessionStatus } from "./session-state.ts";
export {
  NnoAccessTokenError,
  type NnoAccessToken,
  type NnoAccessTokenClaims,
} from "./token-source.ts";
export { usePermission } from "./use-permission.ts";
export { useNnoSession } from "./use-session.ts";
export { useNnoToken, type NnoTokens } from "./use-token.ts";
export { NnoTenantError, useTenant, type NnoTenants } from "./use-tenant.ts";
