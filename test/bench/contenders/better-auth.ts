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
  const { DB, SECRET, AUTH_URL } = env as unknown as {
    DB: D1Database;
    SECRET: string;
    AUTH_URL: string;
  };
  return betterAuth({
    baseURL: AUTH_URL,
    secret: SECRET,
    database: drizzleAdapter(drizzle(DB, { schema }), { provider: "sqlite", schema }),
    trustedOrigins: [AUTH_URL],
    emailAndPassword: { enabled: true, requireEmailVerification: true },
    emailVerification: { sendVerificationEmail: async () => {} },
    telemetry: { enabled: false },
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
