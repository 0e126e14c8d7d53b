/**
 * A platform whose owner added Better Auth's plugins for codes by mail and by text message, and a plugin of their own that
 * sets passwords in every way that Better Auth's context offers.
 */
import { createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import { emailOTP } from "better-auth/plugins/email-otp";
import { phoneNumber } from "better-auth/plugins/phone-number";
import * as z from "zod";
import { createAuthApp, withRoutes } from "../../../src/worker/app.ts";

const body = z.object({ password: z.string() });

const owners = {
  id: "owners-passwords",
  rateLimit: [{ pathMatcher: (path: string) => path === "/owners/ping", window: 60, max: 4 }],
  endpoints: {
    ping: createAuthEndpoint("/owners/ping", { method: "POST" }, async (ctx) =>
      ctx.json({ pong: true }),
    ),
    setPassword: createAuthEndpoint(
      "/owners/set-password",
      { method: "POST", body, use: [sessionMiddleware] },
      async (ctx) => {
        const { internalAdapter, password, session } = ctx.context;
        const hash = await password.hash(ctx.body.password);
        await internalAdapter.updatePassword(session?.user.id ?? "", hash);
        return ctx.json({ success: true });
      },
    ),
    addPassword: createAuthEndpoint(
      "/owners/add-password",
      { method: "POST", body: body.extend({ userId: z.string() }) },
      async (ctx) => {
        const { internalAdapter, password } = ctx.context;
        const { userId } = ctx.body;
        const hash = await password.hash(ctx.body.password);
        await internalAdapter.createAccount({
          userId,
          providerId: "credential",
          accountId: userId,
          password: hash,
        });
        return ctx.json({ success: true });
      },
    ),
  },
};

export default createAuthApp({
  passwords: { checkBreaches: false },
  plugins: [
    emailOTP({
      sendVerificationOTP: async ({ email, otp }) => console.warn(`code for ${email}: ${otp}.`),
    }),
    phoneNumber({
      sendOTP: ({ phoneNumber: to, code }) => console.warn(`code for ${to}: ${code}.`),
      sendPasswordResetOTP: ({ phoneNumber: to, code }) => console.warn(`code for ${to}: ${code}.`),
    }),
    // A record that calls a route a guess, though it sets a password.
    withRoutes(owners, {
      "POST /owners/ping": { who: "anyone" },
      "POST /owners/set-password": { who: "user", guess: "own-password" },
      "POST /owners/add-password": { who: "anyone" },
    }),
  ],
});
