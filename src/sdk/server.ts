/** `@neutrino-io/sdk/server`: verifies tokens in the platform's other Workers. Runs in Workers and in Node. */
export { NnoTokenError, type NnoTokenErrorCode } from "./server/token-error.ts";
export {
  verifyToken,
  type NnoTokenClaims,
  type TokenAudience,
  type VerifyTokenOptions,
} from "./server/verify-token.ts";
export {
  requireSession,
  type RequireSessionOptions,
  type SessionVariables,
} from "./server/require-session.ts";
export type { NnoPermission, PlatformPermission, TenantPermission } from "./permissions.ts";
