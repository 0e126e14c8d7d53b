/**
 * The answers that the API reference describes: those of the Worker's own routes, and those of Better Auth's whose metadata
 * lacks them or says something else than the route does. `test/security/answer-shapes.test.ts` holds every answer to the
 * reference.
 */
import { paths } from "./paths.ts";
import type { RouteName } from "./record.ts";

type Schema = Record<string, unknown>;

const row = (table: string): Schema => ({ $ref: `#/components/schemas/${table}` });
const list = (items: Schema): Schema => ({ type: "array", items });
const object = (properties: Record<string, Schema>, optional: readonly string[] = []): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
const answer = (description: string, schema: Schema) => ({
  "200": { description, content: { "application/json": { schema } } },
});
const redirect = (description: string) => ({ "302": { description } });

const done = object({ success: { type: "boolean" } });
const invitation = row("Invitation");
const permission: Schema = {
  type: "object",
  additionalProperties: { type: "array", items: { type: "string" } },
};
const role = object(
  {
    id: { type: "string" },
    organizationId: { type: "string" },
    role: { type: "string" },
    permission,
    createdAt: { type: "string", format: "date-time" },
    updatedAt: { type: ["string", "null"], format: "date-time" },
  },
  ["updatedAt"],
);
const text: Schema = { type: "string" };
const time: Schema = { type: "string", format: "date-time" };
const cursor: Schema = { type: ["string", "null"] };
const person = object({ id: text, name: text, email: text, image: { type: ["string", "null"] } }, [
  "image",
]);
const permissionAnswer = answer(
  "Whether the role has the permissions",
  object({ success: { type: "boolean" }, error: { type: ["string", "null"] } }, ["error"]),
);
const memberWithUser = object({
  id: text,
  userId: text,
  role: text,
  createdAt: time,
  user: person,
});
const tenant = answer("The tenant", object({ tenant: row("Organization") }));
const memberAnswer = answer("The member", object({ member: row("Member") }));
const event = object({
  id: { type: "integer" },
  createdAt: time,
  event: text,
  actorId: { type: ["string", "null"] },
  subjectId: { type: ["string", "null"] },
  impersonatedBy: { type: ["string", "null"] },
  tenantId: { type: ["string", "null"] },
  ipAddress: { type: ["string", "null"] },
  userAgent: { type: ["string", "null"] },
  detail: { type: ["object", "null"] },
});
const nextEvent: Schema = { type: ["integer", "null"] };

const toProvider = redirect(
  "To the page that the sign-in was asked for, with `error` if it failed",
);

export const answersOfReference: Partial<Record<RouteName, Record<string, Schema>>> = {
  "GET /reset-password/:token": redirect("To the page that asks for the new password"),
  "GET /error": redirect("To the console's page for errors"),
  "GET /callback/:id": toProvider,
  "POST /callback/:id": toProvider,
  "POST /sign-in/email": answer(
    "The user, or what the second factor is asked with. The session is in the cookie",
    {
      anyOf: [
        object({ redirect: { type: "boolean" }, url: { type: "string" }, user: row("User") }, [
          "url",
        ]),
        object({
          twoFactorRedirect: { type: "boolean" },
          twoFactorMethods: list({ type: "string" }),
        }),
      ],
    },
  ),
  "POST /two-factor/verify-backup-code": answer(
    "The user. The session is in the cookie",
    object({ user: row("User") }),
  ),
  "POST /admin/stop-impersonating": answer(
    "The admin's own session",
    object({ session: row("Session"), user: row("User") }),
  ),
  "POST /admin/remove-user": answer("The user is gone", done),
  "POST /admin/has-permission": permissionAnswer,
  "POST /organization/has-permission": permissionAnswer,
  "POST /organization/check-slug": answer(
    "Nobody has the slug",
    object({ status: { type: "boolean" } }),
  ),
  "POST /organization/leave": answer("The membership as it was", row("Member")),
  "GET /organization/list-members": answer(
    "The tenant's members",
    object({ members: list(row("Member")), total: { type: "integer" } }),
  ),
  "GET /organization/get-active-member-role": answer("The role", object({ role: text })),
  [`GET ${paths.memberPage}`]: answer(
    "A page of members, and the cursor of the next page",
    object({ members: list(memberWithUser), nextCursor: cursor }),
  ),
  [`GET ${paths.tenants}`]: answer(
    "A page of tenants, and the cursor of the next page",
    object({ tenants: list(row("Organization")), nextCursor: cursor }),
  ),
  [`POST ${paths.tenants}`]: tenant,
  [`GET ${paths.tenant}`]: tenant,
  [`PATCH ${paths.tenant}`]: tenant,
  [`DELETE ${paths.tenant}`]: answer("The tenant is gone", done),
  [`GET ${paths.tenantMembers}`]: answer(
    "A page of members, and the cursor of the next page",
    object({ members: list(memberWithUser), nextCursor: cursor }),
  ),
  [`POST ${paths.tenantMembers}`]: memberAnswer,
  [`PATCH ${paths.tenantMember}`]: memberAnswer,
  [`DELETE ${paths.tenantMember}`]: answer("The membership is ended", done),
  [`GET ${paths.memberships}`]: answer(
    "The user's memberships",
    object({
      memberships: list(
        object({
          id: text,
          role: text,
          createdAt: time,
          tenant: object({ id: text, name: text, slug: text }),
        }),
      ),
    }),
  ),
  [`GET ${paths.tenantInvitations}`]: answer(
    "A page of invitations, and the cursor of the next page",
    object({ invitations: list(invitation), nextCursor: cursor }),
  ),
  [`POST ${paths.tenantInvitations}`]: answer("The invitation", object({ invitation })),
  [`DELETE ${paths.tenantInvitation}`]: answer("The invitation is withdrawn", done),
  [`GET ${paths.users}`]: answer(
    "A page of users, and the cursor of the next page",
    object({ users: list(row("User")), nextCursor: cursor }),
  ),
  [`POST ${paths.endSessions}`]: answer("All sessions are ended", done),
  [`GET ${paths.ownEvents}`]: answer(
    "A page of events, and the cursor of the next page",
    object({ events: list(event), nextCursor: nextEvent }),
  ),
  [`GET ${paths.auditEvents}`]: answer(
    "A page of events, the cursor of the next page, and the people and tenants that the events name, by id",
    object({
      events: list(event),
      nextCursor: nextEvent,
      people: { type: "object" },
      tenants: { type: "object" },
    }),
  ),
  "POST /organization/delete": answer("The tenant as it was", row("Organization")),
  "POST /organization/cancel-invitation": answer("The invitation as it is now", {
    anyOf: [invitation, { type: "null" }],
  }),
  "POST /organization/accept-invitation": answer(
    "The invitation and the new member",
    object({ invitation, member: row("Member") }),
  ),
  "GET /organization/get-invitation": answer("The invitation, its tenant and its inviter", {
    allOf: [
      invitation,
      object({
        organizationName: { type: "string" },
        organizationSlug: { type: "string" },
        inviterEmail: { type: "string" },
      }),
    ],
  }),
  "GET /organization/list-invitations": answer("The tenant's invitations", list(invitation)),
  "POST /organization/update-member-role": answer("The member as it is now", row("Member")),
  "POST /organization/create-role": answer(
    "The role",
    object({ success: { type: "boolean" }, roleData: role, statements: permission }),
  ),
  "POST /organization/update-role": answer(
    "The role as it is now",
    object({ success: { type: "boolean" }, roleData: role }),
  ),
  "POST /organization/delete-role": answer("The role is gone", done),
  "GET /organization/list-roles": answer("The roles that the tenant has defined", list(role)),
  "GET /organization/get-role": answer("The role", role),
};
