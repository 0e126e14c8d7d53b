/** Users, second factors, bearer tokens, refusals and the router: changes to whole plugins and to the instance. */
import { createAuthEndpoint, router } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { admin } from "better-auth/plugins/admin";
import { desc, eq } from "drizzle-orm";
import { expect } from "vitest";
import * as z from "zod";
import { recordRefusals } from "../../../../src/worker/auth/audit/refusals.ts";
import { boundRepetition } from "../../../../src/worker/auth/audit/repetition.ts";
import { readAddressesByOneRule } from "../../../../src/worker/auth/better-auth/addresses.ts";
import { requireBearerHook } from "../../../../src/worker/auth/better-auth/bearer.ts";
import { createHandler } from "../../../../src/worker/auth/better-auth/handler.ts";
import {
  override,
  replacement,
  withEndpoints,
  type EndpointChange,
} from "../../../../src/worker/auth/better-auth/override.ts";
import { takeCodeToWeakenFactor } from "../../../../src/worker/auth/better-auth/two-factor-codes.ts";
import { requireChallenge } from "../../../../src/worker/auth/better-auth/two-factor-challenge.ts";
import { leavingBansToTrigger } from "../../../../src/worker/auth/better-auth/user-plugin.ts";
import { createRegister } from "../../../../src/worker/auth/routes/register.ts";
import { createTries } from "../../../../src/worker/auth/throttle/tries.ts";
import { account, auditEvent, session, user } from "../../../../src/worker/db/schema.ts";
import {
  authUrl,
  bearerOf,
  createTenant,
  database,
  enter,
  enrol,
  enterAdmin,
  openApp,
  password,
  secret,
  signUpAdmin,
} from "../../browser.ts";
import {
  addUser,
  auth,
  call,
  inRequest,
  pretend,
  signIn,
  workerDatabase,
  type ChangeTest,
} from "./pretend.ts";

const upstream = admin();

const moved = {
  ...upstream,
  endpoints: {
    removeUser: createAuthEndpoint("/moved", { method: "POST" }, async () => ({})),
    stopImpersonating: createAuthEndpoint("/moved-too", { method: "POST" }, async () => ({})),
  },
};

const sessionsOf = async (userId: string) =>
  database.select().from(session).where(eq(session.userId, userId));

export const instanceChanges = {
  takeCodeToWeakenFactor: {
    async takesEffect() {
      const endpoints = auth.api as unknown as Record<string, { options: { body?: z.ZodType } }>;
      for (const name of ["disableTwoFactor", "generateBackupCodes"]) {
        const sent = endpoints[name]?.options.body?.safeParse({ code: "123456" });
        expect(sent?.data).toHaveProperty("code");
      }
      const opened = openApp();
      const { browser } = await enter(opened);
      await enrol(browser);
      const answer = await browser.post("/api/auth/two-factor/disable", { password });
      expect(answer.body).toMatchObject({ code: "TWO_FACTOR_CODE_REQUIRED" });
    },
    isMissed: () =>
      takeCodeToWeakenFactor(
        createAuthEndpoint(
          "/pretended",
          { method: "POST", body: z.object({ code: z.number() }) },
          async () => ({}),
        ),
      ),
  },
  removeUserAtOnce: {
    async takesEffect() {
      const opened = openApp();
      const [grace, ada] = [await enterAdmin(opened), await enter(opened)];
      await createTenant(ada.browser, "owner-of-it");
      const removed = await grace.browser.post("/api/auth/admin/remove-user", { userId: ada.id });
      expect(removed).toMatchObject({ status: 409, body: { code: "LAST_OWNER" } });
      const accounts = await database.select().from(account).where(eq(account.userId, ada.id));
      expect([accounts.length, (await sessionsOf(ada.id)).length]).toEqual([1, 1]);
    },
    isMissed: () =>
      withEndpoints(moved, {
        removeUser: replacement("removeUserAtOnce", upstream.endpoints.removeUser),
      }),
  },
  returnToOwnSession: {
    async takesEffect() {
      const opened = openApp();
      const [grace, ada] = [await signUpAdmin(opened), await enter(opened)];
      const own = (await grace.browser.session()).session?.id;
      await grace.browser.post("/api/auth/admin/impersonate-user", { userId: ada.id });
      expect((await grace.browser.session()).user.id).toBe(ada.id);
      await grace.browser.post("/api/auth/admin/stop-impersonating");
      expect((await grace.browser.session()).session).toMatchObject({ id: own });
    },
    isMissed: () =>
      withEndpoints(moved, {
        stopImpersonating: replacement("returnToOwnSession", upstream.endpoints.stopImpersonating),
      }),
  },
  leaveBansToTrigger: {
    async takesEffect() {
      const { id } = await addUser({ emailVerified: true });
      await database.update(user).set({ banned: true }).where(eq(user.id, id));
      const read: string[] = [];
      const spy: EndpointChange = {
        change: "leaveBansToTrigger",
        intercept: () => ({
          findOne: async ({ model }, next) => {
            read.push(model);
            return next();
          },
        }),
      };
      const answer = call(
        override(
          pretend(async (ctx) => signIn(ctx, id)),
          spy,
        ),
      );
      await expect(answer).rejects.toMatchObject({
        statusCode: 403,
        body: { code: "BANNED_USER" },
      });
      expect(read).toEqual([]);
    },
    isMissed: async () => {
      const hooks = { session: { create: { before: () => {} }, delete: { before: () => {} } } };
      const plugin = { init: () => ({ options: { databaseHooks: hooks } }) };
      leavingBansToTrigger(plugin).init();
    },
  },
  challengeEverySignIn: {
    async takesEffect() {
      const ada = await addUser({ emailVerified: true });
      await database.update(user).set({ twoFactorEnabled: true }).where(eq(user.id, ada.id));
      const entrance = createAuthEndpoint("/entrance", { method: "POST" }, async (ctx) => {
        const found = await ctx.context.internalAdapter.findUserById(ada.id);
        const made = await ctx.context.internalAdapter.createSession(ada.id);
        if (found !== null) await setSessionCookie(ctx, { session: made, user: found });
        return ctx.json({ welcome: true });
      });
      const { open } = openApp({ plugins: [{ id: "owners", endpoints: { entrance } }] });
      // An owner's route without a record is for people who are signed in.
      const { browser } = await enter({ open });
      const entered = await browser.post("/api/auth/entrance");
      expect(entered.body).toMatchObject({ twoFactorRedirect: true });
      expect(await sessionsOf(ada.id)).toEqual([]);
    },
    async isMissed() {
      const { id } = await addUser({ emailVerified: true });
      await database.update(user).set({ twoFactorEnabled: true }).where(eq(user.id, id));
      const answer = call(
        pretend(async (ctx) => {
          await signIn(ctx, id);
          await requireChallenge(ctx as never);
        }),
      );
      await answer.catch(() => undefined);
      expect(await sessionsOf(id)).toEqual([]);
      return answer;
    },
  },
  readBearerBeforeRoute: {
    async takesEffect() {
      const opened = openApp({ platformAdminsNeedTwoFactor: true });
      const { browser } = await enterAdmin(opened);
      const authorization = await bearerOf(browser, secret);
      const answer = await opened.open().get("/api/auth/admin/list-users", { authorization });
      expect(answer).toMatchObject({ status: 403, body: { code: "TWO_FACTOR_REQUIRED" } });
    },
    isMissed: () => requireBearerHook({ hooks: { before: [] } }),
  },
  recordRefusals: {
    async takesEffect() {
      const grace = await enterAdmin(openApp({ platformAdminsNeedTwoFactor: true }));
      await grace.browser.get("/api/auth/admin/list-users");
      const [event] = await database
        .select()
        .from(auditEvent)
        .where(eq(auditEvent.actorId, grace.id))
        .orderBy(desc(auditEvent.id));
      expect(event).toMatchObject({ event: "request.refused" });
    },
    isMissed: () => {
      const repetition = boundRepetition(createTries(workerDatabase, secret));
      const hooks = { before: [{ matcher: () => true, handler: undefined as never }] };
      recordRefusals({ routes: createRegister({}), database: workerDatabase, repetition }, [
        { id: "rule", hooks },
      ]);
    },
  },
  readAddressesByOneRule: {
    async takesEffect() {
      readAddressesByOneRule();
      for (const email of ["r&d@example.com", "j\u00FCrgen@example.com"]) {
        expect(z.email().safeParse(email).success).toBe(true);
        const forgotten = await auth.api.requestPasswordReset({ body: { email } });
        expect(forgotten.status).toBe(true);
      }
      expect(z.email().safeParse("\u212Aate@example.com").success).toBe(false);
    },
    isMissed: async () =>
      readAddressesByOneRule({ email: () => z.email({ pattern: /^/ }), regexes: { email: /^/ } }),
  },
  buildRouterOnce: {
    async takesEffect() {
      let routers = 0;
      const built = createHandler(auth, (...input) => {
        routers += 1;
        return router(...input);
      });
      const own = auth.handler;
      await inRequest(async () => built(new Request(`${authUrl}/api/auth/ok`)));
      const ask = () => new Request(`${authUrl}/api/auth/ok`);
      const answers = await Promise.all(
        [built, built, own].map(async (handle) =>
          (await inRequest(async () => handle(ask()))).json(),
        ),
      );
      expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
      expect(routers).toBe(1);
    },
    isMissed: async () => createHandler(auth, () => ({}))(new Request(`${authUrl}/api/auth/ok`)),
  },
} satisfies Record<string, ChangeTest>;
