/**
 * The only betterAuth() call: what of Better Auth's defaults this platform changes. `plugins.ts` has the plugins. Built once, at
 * module scope: an instance made inside a request hangs everybody behind it when that request is aborted (better-auth
 * #10315).
 */
import { betterAuth } from "better-auth/minimal";
import { APIError } from "better-auth/api";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import { d1Adapter } from "../db/adapter/adapter.ts";
import { limitsStatement, mayMeetLimit } from "../db/limits.ts";
import { confirmAddress, withoutVerificationMail } from "./email-address/proof.ts";
import { readAddressesByOneRule } from "./better-auth/addresses.ts";
import { checkEndpoints } from "./better-auth/core-endpoints.ts";
import { interceptable } from "./better-auth/intercept.ts";
import { eventOfNextWrite } from "./audit/next-write.ts";
import { boundRepetition } from "./audit/repetition.ts";
import { cookieNames } from "../cookies/names.ts";
import { consolePages } from "./mail/console-pages.ts";
import { createMails, resetSeconds, verificationSeconds } from "./mail/send-mails.ts";
import { maxPasswordLength } from "./password-policy/password-policy.ts";
import { refuseImplicitLinks } from "./social/implicit-links.ts";
import { pictureHooks } from "./social/profile-picture.ts";
import { judgeHashedPasswords } from "./password-policy/hashed-password.ts";
import { createPasswords } from "./passwords/passwords.ts";
import { guardStandingPassword } from "./passwords/standing-password.ts";
import { createHashQueue } from "./passwords/hash-queue.ts";
import { verifiedPassword } from "./passwords/verified-password.ts";
import { defaultPlatformRole } from "./roles.ts";
import { endSessions } from "./sessions/session-ends.ts";
import { readSessions, sessionFields, sessionHooks } from "./sessions/lifetime.ts";
import { countInvitations } from "./tenants/invitation-budget.ts";
import { guardJudgedRoles } from "./tenants/judged-roles.ts";
import { readTenants } from "./tenants/tenant-rows.ts";
import { strangersAt } from "./throttle/guess-limits.ts";
import { payForHash } from "./throttle/hash-budget.ts";
import { resetAddress } from "./throttle/known-device.ts";
import { logWithoutValues } from "./better-auth/log.ts";
import { checkWithSecondFactor } from "./throttle/second-factor-check.ts";
import { throttleGuesses } from "./throttle/throttle.ts";
import { createTries } from "./throttle/tries.ts";
import { guardFactorChanges } from "./two-factor/factor-for-changes.ts";
import { readSecondFactor } from "./two-factor/second-factor-at-sign-in.ts";
import { removeUserRow } from "./platform/user-removal.ts";
import type { AuthOptions } from "./auth-options.ts";
import { authPlugins } from "./plugins.ts";

/** How many rows Better Auth reads where it means all: a user's sessions, a tenant's roles. Its own 100 misses some. */
const mostRowsRead = 10_000;

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
    plugins: authPlugins(options, {
      tries,
      mails,
      repetition,
      throttle,
      policy,
      bringLimits,
      countInvitation,
    }),
  });
  checkEndpoints(auth);
  return auth;
}
