/** What is measured as a platform grows: everything that ours does often, and what reads a list. People are drawn at random. */
import { randomUUID } from "node:crypto";
import { checkSession, signInAs, signInWithTwoFactor, signUp } from "./flows.ts";
import { get, post } from "./requests.ts";
import {
  addOwner,
  cursorOf,
  insertInvitation,
  insertResetToken,
  own,
  type World,
} from "./scale-world.ts";
import { password } from "./seed.ts";

export interface ScaleFlow {
  name: string;
  /** Makes what is needed, uncounted, and gives what is measured. */
  prepare: (world: World) => Promise<() => Promise<unknown>>;
  /** How often at most: few where it uses somebody up. */
  passes: number;
  /** Why its rows may grow. */
  known?: string;
}

const newPassword = "marble lantern 63 thickets";
const often = 100;
const usingUp = 20;

export const scaleFlows: ScaleFlow[] = [
  // First: Better Auth sweeps expired verifications too, when it looks one up.
  usesUp(
    "maintenance, with a backlog in each table",
    async ({ contender }) =>
      () =>
        contender.runScheduled(),
  ),
  reads("session check", async (world, index) => checkSession(world.contender, own(world, index))),
  reads("session check, Better Auth's route", async (world, index) =>
    get(world.contender, "/api/auth/get-session", own(world, index)),
  ),
  reads("sign-in", async ({ contender }, index) => signInAs(contender, index)),
  usesUp("sign-in with 2FA", async ({ contender, take }) => {
    const index = take({ twoFactor: true });
    return () => signInWithTwoFactor(contender, index);
  }),
  reads("token", async (world, index) =>
    get(world.contender, "/api/auth/token", own(world, index)),
  ),
  usesUp(
    "sign-up",
    async ({ contender }) =>
      () =>
        signUp(contender),
  ),
  spends("sign-out", "/sign-out", async () => ({})),
  reads("list sessions", async (world, index) =>
    get(world.contender, "/api/auth/list-sessions", own(world, index)),
  ),
  spends("revoke a session", "/revoke-session", async ({ contender }, index) => ({
    token: contender.people.sessionId(index, 1),
  })),
  spends("revoke the other sessions", "/revoke-other-sessions", async () => ({})),
  spends("change the password", "/change-password", async () => ({
    currentPassword: password,
    newPassword,
  })),
  spends("ask for a password reset", "/request-password-reset", async ({ contender }, index) => ({
    email: contender.people.email(index),
  })),
  spends("reset the password", "/reset-password", async (world, index) => {
    const token = randomUUID();
    await insertResetToken(world, index, token);
    return { newPassword, token };
  }),
  spends("delete the own account", "/delete-user", async (world, index) => {
    await addOwner(world, index);
    return { password };
  }),
  reads("list the own tenants", async (world, index) =>
    get(world.contender, "/api/auth/organization/list", own(world, index)),
  ),
  posts("switch the tenant", "/organization/set-active", async ({ contender }, index) => ({
    organizationId: contender.people.tenantId(index),
  })),
  // Deleted, because its only owner could not be removed below.
  spends("create a tenant", "/organization/create", async () => ({
    name: "New",
    slug: `new-${randomUUID()}`,
  })),
  posts("invite to a tenant", "/organization/invite-member", async ({ contender }, index) => ({
    organizationId: contender.people.tenantId(index),
    email: `${randomUUID()}@example.com`,
    role: "member",
  })),
  {
    ...asAdmin("invite to the large tenant", async (world, headers) =>
      post(
        world.contender,
        "/api/auth/organization/invite-member",
        {
          organizationId: world.contender.people.largeTenant.id,
          email: `${randomUUID()}@example.com`,
          role: "member",
        },
        headers,
      ),
    ),
    passes: usingUp,
  },
  spends(
    "accept an invitation to the large tenant",
    "/organization/accept-invitation",
    async (world, index) => ({ invitationId: await insertInvitation(world, index) }),
  ),
  asAdmin("members of the large tenant", async (world, headers) =>
    get(world.contender, membersPath(world), headers),
  ),
  asAdmin("members of the large tenant, a page in the middle", async (world, headers) => {
    const middle = Math.floor(world.contender.people.largeTenant.members / 2);
    const cursor = cursorOf(world.contender.people.createdAt(middle), "");
    return get(world.contender, `${membersPath(world)}&cursor=${cursor}`, headers);
  }),
  asAdmin("invitations of the large tenant", async (world, headers) =>
    get(world.contender, `/api/auth/organization/list-invitations?${largeTenant(world)}`, headers),
  ),
  asAdmin("the large tenant in full", async (world, headers) =>
    get(
      world.contender,
      `/api/auth/organization/get-full-organization?membersLimit=25&${largeTenant(world)}`,
      headers,
    ),
  ),
  {
    ...asAdmin("members of the large tenant, Better Auth's list", async (world, headers) =>
      get(
        world.contender,
        `/api/auth/organization/list-members?limit=25&${largeTenant(world)}`,
        headers,
      ),
    ),
    known:
      "its answer has a total, which is counted to 10,000; the console asks /organization/members",
  },
  asAdmin("users", async ({ contender }, headers) =>
    get(contender, "/api/auth/platform/users?limit=25", headers),
  ),
  asAdmin("users, a page in the middle", async ({ contender, draw }, headers) => {
    const index = draw();
    const cursor = cursorOf(contender.people.createdAt(index), contender.people.userId(index));
    return get(contender, `/api/auth/platform/users?limit=25&cursor=${cursor}`, headers);
  }),
  asAdmin("users, by the start of an address", async ({ contender, draw }, headers) =>
    get(contender, `/api/auth/platform/users?limit=25&search=person-${draw()}`, headers),
  ),
  asAdmin("users, by the start of all addresses", async ({ contender }, headers) =>
    get(contender, "/api/auth/platform/users?limit=25&search=person", headers),
  ),
  {
    ...asAdmin("users, Better Auth's list", async ({ contender }, headers) =>
      get(contender, "/api/auth/admin/list-users?limit=25", headers),
    ),
    passes: usingUp,
    known: "its answer has a total, which is counted to 10,000; the console asks /platform/users",
  },
  asAdmin("tenants", async ({ contender }, headers) =>
    get(contender, "/api/auth/platform/tenants?limit=25", headers),
  ),
  asAdmin("tenants, a page in the middle", async ({ contender, draw }, headers) => {
    const index = draw();
    const cursor = cursorOf(contender.people.createdAt(index), contender.people.tenantId(index));
    return get(contender, `/api/auth/platform/tenants?limit=25&cursor=${cursor}`, headers);
  }),
  asAdmin("tenants, by the start of all names", async ({ contender }, headers) =>
    get(contender, "/api/auth/platform/tenants?limit=25&search=tenant", headers),
  ),
  asAdmin("audit events", async ({ contender }, headers) =>
    get(contender, "/api/auth/platform/audit-events?limit=25", headers),
  ),
  asAdmin("audit events, a page in the middle", async ({ contender, draw }, headers) => {
    const { largeTenant, auditEventId } = contender.people;
    // A whole page of those that name a tenant of their own comes after it: the oldest name the large one, and cost less.
    const cursor = auditEventId(Math.max(draw(), largeTenant.members / 2 + 30));
    return get(contender, `/api/auth/platform/audit-events?limit=25&cursor=${cursor}`, headers);
  }),
  asAdmin("audit events of the large tenant", async (world, headers) =>
    get(
      world.contender,
      `/api/auth/platform/audit-events?limit=25&tenantId=${world.contender.people.largeTenant.id}`,
      headers,
    ),
  ),
  {
    ...asAdmin("remove a user", async () => {}),
    passes: usingUp,
    prepare: async (world) => {
      const index = world.take();
      await addOwner(world, index);
      const { people } = world.contender;
      const body = { userId: people.userId(index) };
      return () =>
        post(world.contender, "/api/auth/admin/remove-user", body, own(world, people.admin));
    },
  },
];

function reads(name: string, deed: (world: World, index: number) => Promise<unknown>): ScaleFlow {
  return {
    name,
    passes: often,
    prepare: async (world) => {
      const index = world.draw();
      return () => deed(world, index);
    },
  };
}

function usesUp(name: string, prepare: ScaleFlow["prepare"]): ScaleFlow {
  return { name, passes: usingUp, prepare };
}

function posts(
  name: string,
  path: string,
  bodyOf: (world: World, index: number) => Promise<object>,
  choose: (world: World) => number = ({ draw }) => draw(),
): ScaleFlow {
  return usesUp(name, async (world) => {
    const index = choose(world);
    const body = await bodyOf(world, index);
    return () => post(world.contender, `/api/auth${path}`, body, own(world, index));
  });
}

/** A flow that changes the account it runs as. */
function spends(
  name: string,
  path: string,
  bodyOf: (world: World, index: number) => Promise<object>,
): ScaleFlow {
  return posts(name, path, bodyOf, ({ take }) => take());
}

function asAdmin(
  name: string,
  deed: (world: World, headers: { cookie: string }) => Promise<unknown>,
): ScaleFlow {
  return {
    name,
    passes: often,
    prepare: async (world) => () => deed(world, own(world, world.contender.people.admin)),
  };
}

const largeTenant = ({ contender }: World) => `organizationId=${contender.people.largeTenant.id}`;
const membersPath = (world: World) =>
  `/api/auth/organization/members?limit=25&${largeTenant(world)}`;
