/**
 * The register of changes to Better Auth, each on the installed version and on a pretended one that it does not fit. After an
 * upgrade, what fails here is the list of what to look at; `standsOn` in the register says where.
 */
import { getCurrentAdapter, runWithTransaction } from "@better-auth/core/context";
import type { BetterAuthPlugin } from "better-auth";
import { createAuthEndpoint, isAPIError } from "better-auth/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { changes, type ChangeName } from "../../../../src/worker/auth/better-auth/changes.ts";
import { checkEndpoints } from "../../../../src/worker/auth/better-auth/core-endpoints.ts";
import {
  changesOf,
  override,
  withEndpoints,
  type EndpointContext,
} from "../../../../src/worker/auth/better-auth/override.ts";
import { challengeHook } from "../../../../src/worker/auth/better-auth/two-factor-challenge.ts";
import { confirmAddressByProof } from "../../../../src/worker/auth/better-auth/verify-email.ts";
import { openApp } from "../../browser.ts";
import { addressChanges, letInUnconfirmed, linkFor, readUser } from "./address-changes.ts";
import { instanceChanges } from "./instance-changes.ts";
import { addUser, auth, call, pretend, type ChangeTest } from "./pretend.ts";
import { providerChanges } from "./provider-changes.ts";
import { tenantChanges } from "./tenant-changes.ts";

const tests: Record<ChangeName, ChangeTest> = {
  ...addressChanges,
  ...providerChanges,
  ...tenantChanges,
  ...instanceChanges,
};

const logged: string[] = [];

beforeEach(() => {
  logged.length = 0;
  vi.spyOn(console, "error").mockImplementation((line: unknown) => void logged.push(String(line)));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const names = Object.keys(changes) as ChangeName[];

describe.each(names)("%s", (name) => {
  it("takes effect on the version of Better Auth that is installed", async () => {
    await tests[name].takesEffect();
    expect(logged.filter((line) => line.startsWith("better-auth: "))).toEqual([]);
  });

  it("is an error that names it, where Better Auth does it in another way", async () => {
    let failure: unknown;
    try {
      await tests[name].isMissed();
    } catch (error) {
      failure = error;
    }
    const isOfRequest = isAPIError(failure);
    if (isOfRequest) {
      expect(failure).toMatchObject({ statusCode: 500, body: { code: "UPSTREAM_CHANGED" } });
    }
    const told = isOfRequest ? logged.join("\n") : (failure as Error | undefined)?.message;
    expect(told).toContain(`better-auth: ${name}: `);
  });
});

/** Where the endpoints of the instance are changed, as it was reviewed. */
it("changes these endpoints, and no others", () => {
  const plugins: readonly BetterAuthPlugin[] = auth.options.plugins;
  const found = plugins.flatMap(({ endpoints = {} }) =>
    Object.entries(endpoints).flatMap(([key, endpoint]) => {
      const applied = changesOf(endpoint);
      return applied.length === 0 ? [] : [[key, applied] as const];
    }),
  );
  expect(Object.fromEntries(found)).toEqual({
    signInEmail: ["hideUnconfirmedAddress", "confirmAddressBySignIn", "takeCodeAtSignIn"],
    verifyEmail: ["confirmAddressByProof", "refuseEndedAddressChange", "moveAddressOnce"],
    callbackOAuth: [
      "finishProviderSignInOnce",
      "requireProvenProviderAddress",
      "verifyProviderIdToken",
      "hideAccountOfUnprovenAddress",
      "confirmAddressAtProvider",
    ],
    accountInfo: ["tellUnavailableAccountInfo", "readAccountAtProvider"],
    disableTwoFactor: ["takeCodeToWeakenFactor"],
    generateBackupCodes: ["takeCodeToWeakenFactor"],
    listUsers: ["readOnePage"],
    removeUser: ["removeUserAtOnce"],
    stopImpersonating: ["returnToOwnSession"],
    createOrganization: ["createTenantWithOwner", "countNoTenants"],
    deleteOrgRole: ["readHoldersAlone"],
    leaveOrganization: ["readOwnersAlone"],
    updateMemberRole: ["readOwnersAlone"],
    removeMember: ["readOwnersAlone"],
    createInvitation: ["limitInvitationMail", "readPendingInvitationsAlone"],
    listOrganizations: ["listOwnTenantsInPages"],
    listUserInvitations: ["showNewestInvitationsToUser"],
    listInvitations: ["readInvitationsToShow"],
    getFullOrganization: ["keepActiveTenant", "readOnePage", "readInvitationsToShow"],
    getOrganization: ["keepActiveTenant"],
    setActiveOrganization: ["keepActiveTenant"],
    listMembers: ["readOnePage"],
    acceptInvitation: ["acceptInvitationAtOnce"],
    getInvitation: ["showInvitationOfAnyInviter"],
  });
});

const where = (id: string) => [{ field: "id", value: id }];
const update = { emailVerified: true };

describe("/verify-email confirms no address, whatever it calls:", () => {
  it.each<[string, (ctx: EndpointContext, id: string) => Promise<unknown>]>([
    ["updateUser", async ({ context }, id) => context.internalAdapter.updateUser(id, update)],
    [
      "update",
      async ({ context }, id) =>
        context.adapter.update({ model: "user", where: where(id), update }),
    ],
    [
      "updateMany",
      async ({ context }, id) =>
        context.adapter.updateMany({ model: "user", where: where(id), update }),
    ],
    [
      "incrementOne",
      async ({ context }, id) =>
        context.adapter.incrementOne({
          model: "user",
          where: where(id),
          increment: {},
          set: update,
        }),
    ],
    [
      "a transaction",
      async ({ context }, id) =>
        runWithTransaction(context.adapter, async () =>
          context.internalAdapter.updateUser(id, update),
        ),
    ],
    [
      "the current adapter in a transaction",
      async ({ context }, id) =>
        context.adapter.transaction(async (adapter) =>
          (await getCurrentAdapter(adapter as never)).update({
            model: "user",
            where: where(id),
            update,
          }),
        ),
    ],
  ])("%s", async (_, write) => {
    const ada = await addUser();
    const endpoint = pretend(async (ctx) => {
      await write(ctx, ada.id);
      return { status: true };
    });
    const query = await linkFor(ada);
    expect(await call(override(endpoint, confirmAddressByProof), { query })).toEqual({
      status: true,
    });
    expect(await readUser(ada.id)).toMatchObject({ emailVerified: false });
  });
});

it("leaves no session of a request that went on without a change", async () => {
  expect(await letInUnconfirmed()).toEqual([]);
});

it("keeps the error, where Better Auth swallows it", async () => {
  const { email } = await addUser({ emailVerified: true });
  const endpoint = pretend(async ({ context }) => {
    await context.adapter.update({ model: "user", where: [], update }).catch(() => undefined);
    return { status: true };
  });
  const query = await linkFor({ email }, { updateTo: "other@example.com" });
  await expect(call(override(endpoint, confirmAddressByProof), { query })).rejects.toMatchObject({
    body: { code: "UPSTREAM_CHANGED" },
  });
});

it("lets a failure of the endpoint's own stand", async () => {
  const endpoint = pretend(async ({ context }) => {
    await context.internalAdapter.findUserByEmail("nobody@example.com");
    throw new RangeError("a mistake");
  });
  const query = await linkFor(await addUser());
  const answer = call(override(endpoint, confirmAddressByProof), { query });
  await expect(answer).rejects.toThrow(RangeError);
});

describe("the start fails, naming it, when", () => {
  const at = (path: string) => createAuthEndpoint(path, { method: "POST" }, async () => ({}));

  it("an endpoint is replaced by one that names no change", () => {
    const plugin = { id: "some", endpoints: { enter: at("/enter") } };
    expect(() => withEndpoints(plugin, { enter: at("/enter") })).toThrow(/enter is replaced/);
  });

  it("two endpoints are at one path", () => {
    const [verifyEmail, confirmEmail] = [at("/verify-email"), at("/verify-email")];
    const instance = { api: { verifyEmail, confirmEmail }, options: { plugins: [] } };
    expect(() => checkEndpoints(instance)).toThrow(/"verifyEmail" and "confirmEmail" are both at/);
  });

  it("an owner's plugin would replace an endpoint that is changed", () => {
    const plugin = { id: "owners", endpoints: { verifyEmail: at("/own-verification") } };
    expect(() => openApp({ plugins: [plugin] })).toThrow(/"nno-core-endpoints" and "owners"/);
  });

  it("the two-factor plugin has no hook behind a sign-in, or several", () => {
    const hook = { matcher: ({ path }: { path: string }) => path === "/sign-in/email", handler: 1 };
    const other = { matcher: () => false, handler: 2 };
    expect(challengeHook({ hooks: { after: [other, hook] } })).toBe(1);
    for (const after of [[other], [hook, hook]]) {
      expect(() => challengeHook({ hooks: { after } })).toThrow(/challengeEverySignIn/);
    }
  });
});
