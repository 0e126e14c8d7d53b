/** Better Auth with the plugins of this project, as its documentation writes them; nothing of ours but the tables. */
import { env } from "cloudflare:workers";
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { admin } from "better-auth/plugins/admin";
import { bearer } from "better-auth/plugins/bearer";
import { jwt } from "better-auth/plugins/jwt";
import { organization } from "better-auth/plugins/organization";
import { twoFactor } from "better-auth/plugins/two-factor";
import { drizzle } from "drizzle-orm/d1";
import * as schema from "../../../src/worker/db/schema.ts";

export function createStockAuth() {
  const { DB, SECRET, AUTH_URL, CONSOLE_URL, COOKIE_CACHE } = env as unknown as {
    DB: D1Database;
    SECRET: string;
    AUTH_URL: string;
    CONSOLE_URL: string;
    COOKIE_CACHE: string;
  };
  return betterAuth({
    baseURL: AUTH_URL,
    secret: SECRET,
    database: drizzleAdapter(drizzle(DB, { schema }), { provider: "sqlite", schema }),
    trustedOrigins: [CONSOLE_URL],
    emailAndPassword: { enabled: true, requireEmailVerification: true },
    emailVerification: { sendVerificationEmail: async () => {} },
    telemetry: { enabled: false },
    // Better Auth's own advice for speed: until the copy in a cookie is so old, nobody asks whether the session was revoked.
    session: { cookieCache: { enabled: COOKIE_CACHE === "on", maxAge: 5 * 60 } },
    // On, as in production; each request of the bench has an address of its own.
    rateLimit: { enabled: true },
    advanced: {
      database: { joins: true },
      ipAddress: { ipAddressHeaders: ["cf-connecting-ip"] },
    },
    plugins: [
      admin(),
      organization(),
      twoFactor(),
      // Without it a token would be signed for every session check.
      jwt({ disableSettingJwtHeader: true }),
      bearer(),
    ],
  });
}
