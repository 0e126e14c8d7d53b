/** `@neutrino-io/sdk/server`: verified tokens for the platform's other Workers. Web standards only: Workers and Node. */
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
