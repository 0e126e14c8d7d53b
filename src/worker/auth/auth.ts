/**
 * The only betterAuth() call: which plugins there are, what they are told, and what of Better Auth's defaults this
 * platform changes. Built once, at module scope: an instance made inside a request hangs everybody behind it when that
 * request is aborted (better-auth #10315).
 */
import { betterAuth } from "better-auth/minimal";
import type { BetterAuthPlugin } from "better-auth";
import { APIError } from "better-auth/api";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import type { Config } from "../config.ts";
import { d1Adapter } from "../db/adapter/adapter.ts";
import type { Database } from "../db/database.ts";
import { limitsStatement, mayMeetLimit } from "../db/limits.ts";
import type { Limits } from "../limits.ts";
import { accountEnumeration } from "./email-address/account-enumeration.ts";
import { addressProof, confirmAddress, withoutVerificationMail } from "./email-address/proof.ts";
import { audit } from "./audit/audit.ts";
import { readAddressesByOneRule } from "./better-auth/addresses.ts";
import { bearerPlugin } from "./better-auth/bearer.ts";
import { botCheck, shownBotCheck, type BotCheckOptions } from "./bot-check/bot-check.ts";
import { checkEndpoints, coreEndpoints } from "./better-auth/core-endpoints.ts";
import { interceptable } from "./better-auth/intercept.ts";
import { tenantPlugin } from "./better-auth/tenant-plugin.ts";
import { userPlugin } from "./better-auth/user-plugin.ts";
import { eventOfNextWrite } from "./audit/next-write.ts";
import { recordRefusals } from "./audit/refusals.ts";
import { boundRepetition } from "./audit/repetition.ts";
import { claim } from "./platform/claim.ts";
import { cookieNames } from "../cookies/names.ts";
import { impersonation } from "./platform/impersonation.ts";
import { consolePages } from "./mail/console-pages.ts";
import {
  createMails,
  invitationSeconds,
  resetSeconds,
  verificationSeconds,
  type SendEmail,
} from "./mail/send-mails.ts";
import { newSignInMails } from "./mail/new-sign-ins.ts";
import { storedNames } from "./mail/stored-names.ts";
import { notices } from "./mail/send-notices.ts";
import { oauth } from "./social/oauth.ts";
import { ownCredentials } from "./platform/own-credentials.ts";
import {
  maxPasswordLength,
  passwordAlonePolicy,
  passwordPolicy,
  type PasswordPolicyOptions,
} from "./password-policy/password-policy.ts";
import { requireTwoFactorOfPlatformAdmins } from "./platform/platform-admin.ts";
import { platformUsers } from "./platform/users.ts";
import { namedAtStart } from "./better-auth/plugin-start.ts";
import { recentProof } from "./sessions/recent-proof.ts";
import { refuseImplicitLinks } from "./social/implicit-links.ts";
import { offeredProviders, type Providers } from "./social/providers.ts";
import { pictureHooks } from "./social/profile-picture.ts";
import { passwordUpgrade } from "./passwords/password-upgrade.ts";
import { judgeHashedPasswords } from "./password-policy/hashed-password.ts";
import { createPasswords } from "./passwords/passwords.ts";
import { guardStandingPassword } from "./passwords/standing-password.ts";
import { createHashQueue } from "./passwords/hash-queue.ts";
import { verifiedPassword } from "./passwords/verified-password.ts";
import { defaultPlatformRole } from "./roles.ts";
import { endSessions, sessionEnds } from "./sessions/session-ends.ts";
import { sessionIds } from "./sessions/session-ids.ts";
import {
  readSessions,
  sessionFields,
  sessionHooks,
  type SessionLimits,
} from "./sessions/lifetime.ts";
import { signInOptions } from "./social/sign-in-options.ts";
import { countInvitations, invitationAnswers } from "./tenants/invitation-budget.ts";
import { memberPages } from "./tenants/member-pages.ts";
import { guardJudgedRoles } from "./tenants/judged-roles.ts";
import { roleCeiling } from "./tenants/role-ceiling.ts";
import { tenants } from "./platform/tenants.ts";
import { readTenants } from "./tenants/tenant-rows.ts";
import { tenantTwoFactorPolicy } from "./tenants/two-factor-policy.ts";
import { inPhase, orderPlugins } from "./plugin-order.ts";
import { optionalRoutes, routeGuard } from "./routes/guard.ts";
import type { RouteRecords } from "./routes/record.ts";
import type { Routes } from "./routes/register.ts";
import { strangersAt } from "./throttle/guess-limits.ts";
import { payForHash } from "./throttle/hash-budget.ts";
import { resetAddress } from "./throttle/known-device.ts";
import { logWithoutValues } from "./better-auth/log.ts";
import { checkWithSecondFactor } from "./throttle/second-factor-check.ts";
import { limitDailyChanges } from "./throttle/daily-changes.ts";
import { pluginLimits } from "./throttle/plugin-limits.ts";
import { throttleGuesses } from "./throttle/throttle.ts";
import { createTries } from "./throttle/tries.ts";
import { tokenExchange } from "./tokens/token-exchange.ts";
import { totpReplay } from "./two-factor/check-totp-code.ts";
import { twoFactorOnEverySignIn } from "./two-factor/challenge-after-sign-in.ts";
import { factorForChanges, guardFactorChanges } from "./two-factor/factor-for-changes.ts";
import { readSecondFactor } from "./two-factor/second-factor-at-sign-in.ts";
import { removeUserRow } from "./platform/user-removal.ts";

/** How many rows Better Auth reads where it means all: a user's sessions, a tenant's roles. Its own 100 misses some. */
const mostRowsRead = 10_000;

/** What the owner decides; see `AppOptions`. */
export interface AuthOptions {
  config: Config;
  /** The register: the template's routes and the owner's. */
  routes: Routes;
  /** The records of `plugins`. */
  ownerRecords: RouteRecords;
  database: Database;
  sendEmail: SendEmail;
  /** Keeps the Worker alive until a promise settles. */
  background: (promise: Promise<unknown>) => void;
  onSignIn: () => void;
  providers: Providers;
  /** A user may connect an account of a provider that has another address than theirs. */
  connectDifferentAddresses: boolean;
  botCheck: (BotCheckOptions & { secret: string }) | undefined;
  plugins: BetterAuthPlugin[];
  passwords: Omit<PasswordPolicyOptions, "platformId">;
  sessionLimits: SessionLimits;
  limits: Limits;
  /** Routes beside those of support that an impersonated session may call. */
  impersonationMayCall: readonly string[];
  sessionRefreshSeconds: number;
  platformAdminsNeedTwoFactor: boolean;
  tokenAudiences: readonly string[];
  /** The origins whose pages may call every route, the console's included. */
  consoleOrigins: readonly string[];
  /** Hands out the users' tokens of providers. */
  providerTokens: boolean;
}

export type Auth = ReturnType<typeof createAuth>;

export function createAuth(options: AuthOptions) {
  const { config, database, routes, limits } = options;
  readAddressesByOneRule();
  const { consoleUrl } = config;
  const readSession = readSessions(options.sessionLimits);
  const tries = createTries(database, config.secrets[0]?.value ?? "");
  const { tenantsPerOwner, rolesPerTenant, membersPerTenant } = limits;
  const { pendingInvitationsPerTenant, sessionsPerUser } = limits;
  const bringLimits = limitsStatement(database, {
    tenantsPerOwner,
    rolesPerTenant,
    membersPerTenant,
    pendingInvitationsPerTenant,
    sessionsPerUser,
  });
  const mails = createMails({ consoleUrl, database, tries, sendEmail: options.sendEmail });
  const countInvitation = countInvitations(tries, database);
  const repetition = boundRepetition(tries);
  const throttle = throttleGuesses({ routes, tries, database, background: options.background });
  const policy = { ...options.passwords, platformId: config.platformId };
  const newPasswords = judgeHashedPasswords(database, policy);
  const passwords = createPasswords({
    watch: newPasswords,
    runInQueue: createHashQueue(),
    payForHash: async () => payForHash(tries),
    onVerified: verifiedPassword.set,
    checkFurther: checkWithSecondFactor,
  });

  const auth = betterAuth({
    appName: config.platformId,
    baseURL: config.authUrl,
    basePath: "/api/auth",
    // Versioned from the first secret on, so that what it encrypted can be read after a rotation.
    secrets: config.secrets,
    database: interceptable(
      d1Adapter(database, {
        onRead: async (model, row) => readTenants(model, await readSession(model, row)),
        caseless: { organization: "slug" },
        guards: [
          ...guardStandingPassword(database),
          ...guardFactorChanges(database),
          ...guardJudgedRoles(database),
        ],
        checks: [newPasswords.check],
        insertReadings: [readSecondFactor],
        readPrelude: (table, update) => (mayMeetLimit(table, update) ? bringLimits() : undefined),
        readExtraWrite: eventOfNextWrite.get,
      }),
    ),
    trustedOrigins: config.trustedOrigins,
    socialProviders: options.providers.options,
    telemetry: { enabled: false },
    logger: { level: "warn", log: logWithoutValues },
    onAPIError: {
      errorURL: new URL(consolePages.error, consoleUrl).href,
      // What is no answer goes to the app's own handler: better-call would log it whole, with query parameters.
      throw: true,
    },
    // Counted by throttle/ and http/shield.ts; so are the limits that an owner's plugins declare.
    rateLimit: { enabled: false },
    advanced: {
      // NODE_ENV=test would switch both off.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      ...cookieNames(config),
      // X-Forwarded-For is the client's to write; Cloudflare sets this one.
      ipAddress: { ipAddressHeaders: ["cf-connecting-ip"] },
      backgroundTasks: { handler: options.background },
      database: {
        joins: true,
        defaultFindManyLimit: mostRowsRead,
      },
    },
    session: {
      expiresIn: options.sessionLimits.lifetimeSeconds,
      updateAge: options.sessionRefreshSeconds,
      additionalFields: sessionFields,
    },
    databaseHooks: {
      ...sessionHooks(routes, options.sessionLimits),
      user: pictureHooks(limits.pictureBytes),
    },
    // Reset tokens and challenges are of no use to a thief with the database. Those that have expired are upkeep.ts's to
    // delete: Better Auth would in a request, and read up to `defaultFindManyLimit` of them first.
    verification: { storeIdentifier: "hashed", disableCleanup: true },
    // A sign-in that somebody asks for and never finishes leaves no row: see social/oauth.ts.
    account: {
      encryptOAuthTokens: true,
      storeStateStrategy: "cookie",
      accountLinking: { allowDifferentEmails: options.connectDifferentAddresses },
    },
    user: {
      validateUserInfo: refuseImplicitLinks({
        routes,
        database,
        authoritativeFor: options.providers.authoritativeFor,
      }),
      changeEmail: {
        enabled: true,
        sendChangeEmailConfirmation: async (change) => mails.sendChangeConfirmation(change),
      },
      deleteUser: {
        enabled: true,
        // Deletes all of it in one statement; what Better Auth deletes after it is gone already.
        beforeDelete: async (user, request) => {
          const by = { actorId: user.id, headers: request?.headers };
          if (await removeUserRow(database, user.id, by)) return;
          throw APIError.from("BAD_REQUEST", BASE_ERROR_CODES.INVALID_PASSWORD);
        },
      },
    },
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: true,
      password: passwords,
      // passwordPolicy() counts code points; these count UTF-16 units, of which one code point has up to two, and more
      // before it is composed.
      minPasswordLength: 1,
      maxPasswordLength: 4 * maxPasswordLength,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: resetSeconds,
      sendResetPassword: async ({ user, url, token }, request) =>
        mails.sendResetPassword({ user, url, token, from: request?.headers }),
      onPasswordReset: async ({ user }, request) => {
        await confirmAddress(database, user, request?.headers);
        // A person who reads the account's mail is no stranger.
        await tries.clear([strangersAt(user.email)]);
        resetAddress.set(user.email);
        await endSessions(database, user.id, {
          byMail: true,
          disconnectFor: { actorId: user.id, headers: request?.headers },
        });
      },
      // What a new user would look like, so that the answer does not tell which addresses exist.
      customSyntheticUser: ({ coreFields, additionalFields, id }) => ({
        ...coreFields,
        ...additionalFields,
        role: defaultPlatformRole,
        banned: false,
        banReason: null,
        banExpires: null,
        twoFactorEnabled: false,
        id,
      }),
      onExistingUserSignUp: async ({ user }, request) =>
        mails.sendExistingUserNotice(user, request?.headers),
    },
    emailVerification: {
      sendOnSignUp: true,
      sendOnSignIn: true,
      expiresIn: verificationSeconds,
      sendVerificationEmail: async ({ user, url }, request) => {
        if (withoutVerificationMail.get() === true) return;
        await mails.sendVerification({ user, url, from: request?.headers });
      },
    },
    plugins: recordRefusals(
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
    ),
  });
  checkEndpoints(auth);
  return auth;
}
