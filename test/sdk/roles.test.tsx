/** What a user may do, as components see it: roles in the active tenant, the roles of a tenant's own, and platform admins. */
import { act, screen, waitFor } from "@testing-library/react";
import { describe, expect, inject, it, vi } from "vitest";
import { type NnoTenants, RequireRole, usePermission, useTenant } from "../../src/sdk/index.ts";
import { openTab, password, signIn, signUp } from "./page.ts";
import { MyComponent, openPageForEachTest, page, watch } from "./watched-page.tsx";

openPageForEachTest();

describe("tenants", () => {
  function Tenants({ take }: { take: (tenants: NnoTenants) => void }) {
    take(useTenant());
    const mayInvite = usePermission("invitation:create");
    return <p>{mayInvite ? "may invite" : "may not invite"}</p>;
  }

  it("include the active one with the user's role, and can be switched", async () => {
    const email = await signUp(page);
    const client = openTab();
    let tenants: NnoTenants | undefined;
    const { last, reaches } = watch(client, <Tenants take={(value) => (tenants = value)} />);
    await reaches("signed-out");
    // Without a session there are no tenants, and none are being loaded.
    expect(tenants).toMatchObject({ tenant: null, list: [], status: "ready" });
    await act(() => signIn(client, email));
    expect(tenants).toMatchObject({ tenant: null, list: [], status: "ready" });
    expect(screen.getByText("may not invite")).toBeDefined();

    const slug = `engines-${Date.now()}`;
    await act(async () => {
      await client.organization.create({ name: "Engines", slug });
      await client.organization.create({ name: "Looms", slug: `looms-${Date.now()}` });
    });
    expect(last().tenant).toMatchObject({ name: "Looms", role: "owner" });
    expect(tenants?.list.map(({ name }) => name).toSorted()).toEqual(["Engines", "Looms"]);
    expect(screen.getByText("may invite")).toBeDefined();

    const engines = tenants?.list.find((tenant) => tenant.slug === slug);
    await act(async () => tenants?.switch(engines?.id ?? ""));
    expect(last().tenant).toEqual({ ...engines, role: "owner" });
    expect(last().session?.activeTenantId).toBe(engines?.id);
    await act(async () => tenants?.switch(null));
    expect(last().tenant).toBeNull();
    expect(tenants?.list).toHaveLength(2);
  });

  it("request the permissions of a custom role from the server, once", async () => {
    const owner = openTab();
    await signIn(owner, await signUp(page));
    const slug = `clerks-${Date.now()}`;
    const { data: tenant } = await owner.organization.create({ name: "Clerks", slug });
    const permission = { invitation: ["create" as const] };
    await owner.organization.createRole({ role: "clerk", permission });
    // The types cannot know a custom role.
    const role = "clerk" as "member";
    const clerkEmail = await signUp(page, "Bob");
    const invited = await owner.organization.inviteMember({ email: clerkEmail, role });
    await owner.signOut();

    const shown: boolean[] = [];
    function Clerk() {
      const mayInvite = usePermission("invitation:create");
      const mayDelete = usePermission("organization:delete");
      shown.push(mayInvite);
      return <p>{`${mayInvite ? "invites" : "-"} ${mayDelete ? "deletes" : "-"}`}</p>;
    }
    const client = openTab();
    const { last, reaches } = watch(
      client,
      <>
        <Clerk />
        <Clerk />
      </>,
    );
    await reaches("signed-out");
    await act(() => signIn(client, clerkEmail));
    await act(async () => {
      await client.organization.acceptInvitation({ invitationId: invited.data?.id ?? "" });
      await client.organization.setActive({ organizationId: tenant?.id ?? "" });
    });
    expect(last().tenant?.role).toBe("clerk");
    await waitFor(() => expect(screen.getAllByText("invites -")).toHaveLength(2));
    const questions = () => page.requests.filter((path) => path.endsWith("/has-permission")).length;
    const quiet = () => new Promise((resolve) => setTimeout(resolve, 300));
    await act(quiet);

    // They are requested again after a call that changes something, and nothing flickers.
    const [granted, before] = [shown.length, questions()];
    await act(async () => {
      await client.organization.inviteMember({ email: "carol@example.com", role: "member" });
    });
    // One request for each permission, although two components use both.
    await waitFor(() => expect(questions()).toBe(before + 2));
    await act(quiet);
    expect(questions()).toBe(before + 2);
    expect(shown.slice(granted)).not.toContain(false);

    // An owner may have changed the role elsewhere, so it is requested again with the session.
    await act(async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6000 });
      window.dispatchEvent(new Event("focus"));
      await vi.waitFor(() => expect(questions()).toBe(before + 4), { timeout: 15_000 });
    });
    expect(shown.slice(granted)).not.toContain(false);
  });

  it("cannot be switched to one that the user is not a member of", async () => {
    const email = await signUp(page);
    const client = openTab();
    let tenants: NnoTenants | undefined;
    const { reaches } = watch(client, <Tenants take={(value) => (tenants = value)} />);
    await reaches("signed-out");
    await act(() => signIn(client, email));
    await act(async () => {
      await expect(tenants?.switch("somebody-elses")).rejects.toMatchObject({
        name: "NnoTenantError",
        code: expect.stringMatching(/^[A-Z_]+$/) as unknown,
      });
    });
  });

  it("gate components by the role in the active one", async () => {
    const email = await signUp(page);
    const client = openTab();
    const { reaches } = watch(
      client,
      <>
        <RequireRole tenantRole={["owner", "admin"]} fallback="no owner">
          owner
        </RequireRole>
        <RequireRole role="platform-admin" fallback="no platform admin">
          platform admin
        </RequireRole>
      </>,
    );
    await reaches("signed-out");
    expect(screen.getByText(/no owner/)).toBeDefined();
    await act(() => signIn(client, email));
    expect(document.body.textContent).toBe("no ownerno platform admin");
    await act(async () => {
      await client.organization.create({ name: "Gates", slug: `gates-${Date.now()}` });
    });
    expect(document.body.textContent).toBe("ownerno platform admin");
  });
});

describe("a platform admin", () => {
  it("has the permissions of the platform, and is visible while impersonating a user", async () => {
    const adaEmail = await signUp(page);
    const email = `grace-${Date.now()}@example.com`;
    const account = { name: "Grace", email, password };
    const claimed = await fetch(`${page.origin}/api/auth/platform/claim`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: inject("claimToken"), account }),
    });
    expect(claimed.status).toBe(200);
    function Billing() {
      return <p>{usePermission("billing:view") ? "bills" : "no bills"}</p>;
    }
    const client = openTab();
    const { last, reaches } = watch(
      client,
      <>
        <MyComponent />
        <Billing />
      </>,
    );
    await reaches("signed-out");
    expect(screen.getByText("no bills")).toBeDefined();
    await act(() => signIn(client, email));
    expect(screen.getByText("admin")).toBeDefined();
    expect(screen.getByText("bills")).toBeDefined();

    const adminId = last().user.id;
    const { data } = await client.admin.listUsers({
      query: { searchField: "email", searchValue: adaEmail },
    });
    const userId = data?.users[0]?.id ?? "";
    await act(async () => {
      await client.admin.impersonateUser({ userId });
    });
    expect(last()).toMatchObject({
      user: { email: adaEmail, role: "user" },
      session: { impersonatedBy: adminId },
    });
    expect(screen.getByText("no bills")).toBeDefined();
    await act(async () => {
      await client.admin.stopImpersonating();
    });
    expect(last()).toMatchObject({ user: { email }, session: { impersonatedBy: null } });

    // If the admin's own session has ended, ending the impersonation fails and signs out.
    await act(async () => {
      await client.admin.impersonateUser({ userId });
    });
    page.withheldCookie = /admin_session/;
    await act(async () => {
      const { error } = await client.admin.stopImpersonating();
      expect(error).toMatchObject({ status: 403, code: "IMPERSONATOR_SIGNED_OUT" });
    });
    expect(last()).toMatchObject({ status: "signed-out", session: null });
  });
});
