/**
 * Runs endpoints with changes of ours around them, as the instance would: Better Auth's own, and ones that pretend to be a
 * later version of it.
 */
import { runWithRequestState } from "@better-auth/core/context";
import type { AuthContext } from "better-auth";
import { createAuthEndpoint, createAuthMiddleware } from "better-auth/api";
import type {
  Endpoint,
  EndpointChange,
  EndpointContext,
} from "../../../../src/worker/auth/better-auth/override.ts";
import { readProviders } from "../../../../src/worker/auth/social/providers.ts";
import { account, user } from "../../../../src/worker/db/schema.ts";
import { openDatabase } from "../../../../src/worker/db/database.ts";
import { runInRequestScope } from "../../../../src/worker/request-scope.ts";
import { env } from "cloudflare:workers";
import { openAuth } from "../../auth-instance.ts";
import { cheapPasswordHash, database, newEmail, type Person } from "../../browser.ts";

/** What a change has to show. */
export interface ChangeTest {
  /** On the version of Better Auth that is installed. */
  takesEffect: () => Promise<void>;
  /** On a pretended version that it does not fit: rejects, or throws at the start. */
  isMissed: () => unknown;
}

export const google = { GOOGLE_CLIENT_ID: "the-client", GOOGLE_CLIENT_SECRET: "the-secret" };
export const auth = openAuth(google, {
  providers: readProviders(["google"], google),
  sessionSeconds: 60 * 60,
});
/** As the Worker opens it. */
export const workerDatabase = openDatabase(env.DB);

interface Input {
  headers?: Headers;
  params?: Record<string, string>;
  query?: unknown;
  body?: unknown;
}

/** Calls an endpoint as a request would: each call has a context of its own. */
export async function call(endpoint: Endpoint, input: Input = {}): Promise<unknown> {
  const instance = (await auth.$context) as unknown as AuthContext;
  const context: AuthContext = { ...instance, session: null, newSession: null };
  return inRequest(async () => endpoint({ ...input, context, asResponse: false } as never));
}

/** What Better Auth and this Worker know within a request. */
export const inRequest = async <Result>(deed: () => Promise<Result>): Promise<Result> =>
  runInRequestScope(async () => runWithRequestState(new WeakMap(), deed));

/** An endpoint of a version of Better Auth that does what `handler` does. */
export const pretend = (handler: (ctx: EndpointContext) => Promise<unknown>): Endpoint =>
  createAuthEndpoint("/pretended", { method: "GET" }, async (ctx) => handler(ctx as never));

/** Writes down the reads of a model's lists that the changes further in let pass. */
export function listReads(model: string) {
  const passed: (number | undefined)[] = [];
  const spy: EndpointChange = {
    change: "readOnePage",
    intercept: () => ({
      findMany: async (query, next) => {
        if (query.model === model) passed.push(query.limit);
        return next();
      },
    }),
  };
  return { spy, passed };
}

/** A user with a password (`password` of people.ts). */
export async function addUser({ emailVerified = false } = {}) {
  const row = { id: crypto.randomUUID(), email: newEmail() };
  const times = { createdAt: new Date(), updatedAt: new Date() };
  const credential = { providerId: "credential", accountId: row.id, password: cheapPasswordHash };
  await database.batch([
    database.insert(user).values({ ...row, name: "Ada", emailVerified, ...times }),
    database
      .insert(account)
      .values({ id: crypto.randomUUID(), userId: row.id, ...credential, ...times }),
  ]);
  return row;
}

/** A session that the pretended version makes, as Better Auth's sign-ins do. */
export async function signIn({ context }: EndpointContext, userId: string): Promise<void> {
  const session = await context.internalAdapter.createSession(userId);
  const found = await context.internalAdapter.findUserById(userId);
  if (found === null) throw new Error("there is no such user");
  context.setNewSession({ session, user: found });
}

/** The cookies of somebody's browser. */
export const headersOf = ({ browser }: Pick<Person, "browser">) =>
  new Headers({
    cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
  });

/** The cookie of a browser that followed the link in a mail to this user. */
export async function proofHeaders({ id, email }: { id: string; email: string }) {
  const context = await auth.$context;
  const { name } = context.createAuthCookie("address_proof");
  const write = createAuthMiddleware(async (ctx) => {
    await ctx.setSignedCookie(name, JSON.stringify({ id, email }), context.secret, {});
  });
  const { headers } = (await write({ context, returnHeaders: true } as never)) as unknown as {
    headers: Headers;
  };
  return new Headers({ cookie: headers.get("set-cookie")?.split(";")[0] ?? "" });
}
