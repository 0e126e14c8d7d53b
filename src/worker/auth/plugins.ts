/** The plugins of Better Auth, the template's and the owner's, and what each is told. */
import { type limitsStatement } from "../db/limits.ts";
import { accountEnumeration } from "./email-address/account-enumeration.ts";
import { addressProof } from "./email-address/proof.ts";
import { audit } from "./audit/audit.ts";
import { bearerPlugin } from "./better-auth/bearer.ts";
import { botCheck, shownBotCheck } from "./bot-check/bot-check.ts";
import { coreEndpoints } from "./better-auth/core-endpoints.ts";
import { tenantPlugin } from "./better-auth/tenant-plugin.ts";
import { userPlugin } from "./better-auth/user-plugin.ts";
import { recordRefusals } from "./audit/refusals.ts";
import { type boundRepetition } from "./audit/repetition.ts";
import { claim } from "./platform/claim.ts";
import { impersonation } from "./platform/impersonation.ts";
import { consolePages } from "./mail/console-pages.ts";
import { type createMails, invitationSeconds, verificationSeconds } from "./mail/send-mails.ts";
import { newSignInMails } from "./mail/new-sign-ins.ts";
import { storedNames } from "./mail/stored-names.ts";
import { notices } from "./mail/send-notices.ts";
import { oauth } from "./social/oauth.ts";
import { ownCredentials } from "./platform/own-credentials.ts";
import {
  passwordAlonePolicy,
  passwordPolicy,
  type PasswordPolicyOptions,
} from "./password-policy/password-policy.ts";
import { requireTwoFactorOfPlatformAdmins } from "./platform/platform-admin.ts";
import { platformUsers } from "./platform/users.ts";
import { namedAtStart } from "./better-auth/plugin-start.ts";
import { recentProof } from "./sessions/recent-proof.ts";
import { offeredProviders } from "./social/providers.ts";
import { passwordUpgrade } from "./passwords/password-upgrade.ts";
import { sessionEnds } from "./sessions/session-ends.ts";
import { sessionIds } from "./sessions/session-ids.ts";
import { signInOptions } from "./social/sign-in-options.ts";
import { type countInvitations, invitationAnswers } from "./tenants/invitation-budget.ts";
import { memberPages } from "./tenants/member-pages.ts";
import { roleCeiling } from "./tenants/role-ceiling.ts";
import { tenants } from "./platform/tenants.ts";
import { tenantTwoFactorPolicy } from "./tenants/two-factor-policy.ts";
import { inPhase, orderPlugins, type PhasedPlugin } from "./plugin-order.ts";
import { optionalRoutes, routeGuard } from "./routes/guard.ts";
import { limitDailyChanges } from "./throttle/daily-changes.ts";
import { pluginLimits } from "./throttle/plugin-limits.ts";
import { type throttleGuesses } from "./throttle/throttle.ts";
import { tokenExchange } from "./tokens/token-exchange.ts";
import { totpReplay } from "./two-factor/check-totp-code.ts";
import { twoFactorOnEverySignIn } from "./two-factor/challenge-after-sign-in.ts";
import { factorForChanges } from "./two-factor/factor-for-changes.ts";
import type { AuthOptions } from "./auth-options.ts";
import type { Tries } from "./throttle/tries.ts";

/** What the plugins share with each other and with the rest of Better Auth's options. */
interface Shared {
  tries: Tries;
  mails: ReturnType<typeof createMails>;
  repetition: ReturnType<typeof boundRepetition>;
  throttle: ReturnType<typeof throttleGuesses>;
  policy: PasswordPolicyOptions;
  bringLimits: ReturnType<typeof limitsStatement>;
  countInvitation: ReturnType<typeof countInvitations>;
}

/** @returns the plugins in the order of their phases, which is security (`plugin-order.ts`); the order here has no meaning. */
export function authPlugins(
  options: AuthOptions,
  { tries, mails, repetition, throttle, policy, bringLimits, countInvitation }: Shared,
): PhasedPlugin[] {
  const { config, database, routes, limits } = options;
  const { consoleUrl } = config;
  return recordRefusals(
    { routes, database, repetition },
    orderPlugins([
      routeGuard({
        routes,
        ownerRecords: options.ownerRecords,
        consoleOrigins: options.consoleOrigins,
        authOrigin: new URL(config.authUrl).origin,
      }),
      impersonation({ routes, database, allowed: options.impersonationMayCall }),
      optionalRoutes({ routes, providerTokens: options.providerTokens }),
      sessionIds({ routes, database }),
      ...(options.platformAdminsNeedTwoFactor
        ? [requireTwoFactorOfPlatformAdmins({ routes })]
        : []),
      ownCredentials({ routes }),
      recentProof({ routes, database }),
      passwordPolicy({ ...policy, routes }),
      tenantTwoFactorPolicy({ routes, database }),
      roleCeiling({ routes, database }),
      pluginLimits({ plugins: options.plugins, tries }),
      throttle.counting,
      ...(options.botCheck === undefined ? [] : [botCheck({ ...options.botCheck, routes })]),
      limitDailyChanges({ routes, tries, changesPerDay: limits.changesPerDay }),
      passwordAlonePolicy({ ...options.passwords, routes }),
      passwordUpgrade({ routes, database, background: options.background }),
      totpReplay({ routes, database }),
      factorForChanges({ routes, database }),
      coreEndpoints({
        database,
        providerIds: offeredProviders(options.providers).providers,
      }),
      inPhase("serve", userPlugin({ database })),
      inPhase(
        "serve",
        tenantPlugin({
          database,
          limits,
          bringLimits,
          countInvitation,
          sendInvitation: mails.sendInvitation,
        }),
      ),
      inPhase(
        "serve",
        tokenExchange({
          database,
          issuer: config.authUrl,
          defaultAudience: config.platformId,
          audiences: options.tokenAudiences,
        }),
      ),
      tenants({
        database,
        bringLimits,
        invitationSeconds,
        countInvitation,
        onInvitation: mails.sendInvitation,
      }),
      platformUsers({ database, bringLimits }),
      memberPages({ database }),
      claim({ database }),
      storedNames,
      oauth({
        routes,
        database,
        authUrl: config.authUrl,
        openIdConnect: options.providers.openIdConnect,
        onExistingUser: mails.sendExistingUserNotice,
      }),
      signInOptions({
        ...offeredProviders(options.providers),
        minPasswordLength: options.passwords.minLength,
        minPasswordLengthWithTwoFactor: options.passwords.minLengthWithTwoFactor,
        ...(options.botCheck === undefined ? {} : { botCheck: shownBotCheck(options.botCheck) }),
      }),
      ...options.plugins.map((plugin) => inPhase("owner", namedAtStart(plugin))),
      sessionEnds({ routes, database }),
      inPhase(
        "challenge",
        twoFactorOnEverySignIn({
          routes,
          issuer: config.platformId,
          challengeUrl: new URL(consolePages.twoFactor, consoleUrl).href,
        }),
      ),
      inPhase("deliver", bearerPlugin),
      addressProof({ routes, database, seconds: verificationSeconds }),
      accountEnumeration({
        routes,
        verificationSeconds,
        sendConfirmation: mails.sendChangeConfirmation,
      }),
      throttle.settling,
      invitationAnswers({ routes }),
      audit({ routes, database, repetition, onSignIn: options.onSignIn }),
      notices({
        routes,
        database,
        background: options.background,
        send: mails.sendNotice,
        newSignIns: newSignInMails({
          authUrl: config.authUrl,
          database,
          tries,
          sendEmail: options.sendEmail,
        }),
      }),
    ]),
  );
}
