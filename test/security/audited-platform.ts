/**
 * What the tests of the audit log share: the event that each operation of the API leaves, and a platform on which somebody
 * of every role may act.
 */
import { readOperations, type Operation } from "./operations.ts";
import type { Cast } from "./plant.ts";
import { startTarget, type Target } from "./target.ts";
import type { Person } from "../people.ts";

/** The event that each operation leaves when it succeeds; `null` where it does nothing that an auditor asks about. */
export const events: Record<string, string | null> = {
  "POST /sign-in/social": null,
  "GET /callback/{id}": "session.created",
  "POST /callback/{id}": "session.created",
  "GET /get-session": null,
  "POST /get-session": null,
  "POST /sign-out": "session.ended",
  "POST /sign-up/email": "user.created",
  "POST /sign-in/email": "session.created",
  "POST /reset-password": "password.reset",
  "POST /verify-password": null,
  "GET /verify-email": "email.link_followed",
  "POST /send-verification-email": null,
  "POST /change-email": "email.change_requested",
  "POST /change-password": "password.changed",
  "POST /update-session": null,
  "POST /update-user": null,
  "POST /delete-user": "user.deleted",
  "POST /request-password-reset": null,
  "GET /reset-password/{token}": null,
  "GET /list-sessions": null,
  "POST /revoke-session": "session.revoked",
  "POST /revoke-sessions": "session.revoked",
  "POST /revoke-other-sessions": "session.revoked",
  "POST /end-sessions": "session.revoked",
  "POST /link-social": null,
  "GET /list-accounts": null,
  "GET /delete-user/callback": null,
  "POST /unlink-account": "account.unlinked",
  "POST /refresh-token": null,
  "POST /get-access-token": null,
  "GET /account-info": null,
  "GET /ok": null,
  "GET /error": null,
  "GET /jwks": null,
  "GET /token": null,
  "GET /session": null,
  "GET /openapi.json": null,
  "GET /platform/sign-in-options": null,
  "POST /platform/claim": "platform.claimed",
  "POST /admin/set-role": "user.role_changed",
  "GET /admin/get-user": null,
  "POST /admin/create-user": "user.created_by_admin",
  "POST /admin/update-user": "user.updated_by_admin",
  "GET /admin/list-users": null,
  "POST /admin/list-user-sessions": null,
  "POST /admin/unban-user": "user.unbanned",
  "POST /admin/ban-user": "user.banned",
  "POST /admin/impersonate-user": "impersonation.started",
  "POST /admin/stop-impersonating": "impersonation.ended",
  "POST /admin/revoke-user-session": "session.revoked_by_admin",
  "POST /admin/revoke-user-sessions": "session.revoked_by_admin",
  "POST /admin/remove-user": "user.deleted",
  "POST /admin/set-user-password": "password.set_by_admin",
  "POST /admin/has-permission": null,
  "POST /organization/create": "tenant.created",
  "POST /organization/update": "tenant.updated",
  "POST /organization/delete": "tenant.deleted",
  "POST /organization/set-active": null,
  "GET /organization/get-organization": null,
  "GET /organization/get-full-organization": null,
  "GET /organization/list": null,
  "POST /organization/invite-member": "invitation.created",
  "POST /organization/cancel-invitation": "invitation.canceled",
  "POST /organization/accept-invitation": "invitation.accepted",
  "GET /organization/get-invitation": null,
  "POST /organization/reject-invitation": "invitation.rejected",
  "GET /organization/list-invitations": null,
  "GET /organization/get-active-member": null,
  "POST /organization/check-slug": null,
  "POST /organization/remove-member": "member.removed",
  "POST /organization/update-member-role": "member.role_changed",
  "POST /organization/leave": "member.left",
  "GET /organization/list-user-invitations": null,
  "GET /organization/list-members": null,
  "GET /organization/members": null,
  "GET /organization/get-active-member-role": null,
  "POST /organization/create-role": "tenant_role.created",
  "POST /organization/delete-role": "tenant_role.deleted",
  "GET /organization/list-roles": null,
  "GET /organization/get-role": null,
  "POST /organization/update-role": "tenant_role.updated",
  "POST /organization/has-permission": null,
  "GET /platform/tenants": "tenants.listed",
  "POST /platform/tenants": "tenant.created",
  "GET /platform/tenants/{id}": "tenant.read",
  "PATCH /platform/tenants/{id}": "tenant.updated",
  "DELETE /platform/tenants/{id}": "tenant.deleted",
  "GET /platform/tenants/{id}/members": "members.listed",
  "POST /platform/tenants/{id}/members": "member.added",
  "PATCH /platform/tenants/{id}/members/{memberId}": "member.role_changed",
  "DELETE /platform/tenants/{id}/members/{memberId}": "member.removed",
  "GET /platform/users": "users.listed",
  "GET /platform/users/{id}/memberships": "memberships.listed",
  "GET /platform/tenants/{id}/invitations": "invitations.listed",
  "POST /platform/tenants/{id}/invitations": "invitation.created",
  "DELETE /platform/tenants/{id}/invitations/{invitationId}": "invitation.canceled",
  "GET /platform/audit-events": null,
  "GET /audit-events": null,
  "GET /platform/audit-events/export": "audit_log.exported",
  "POST /two-factor/get-totp-uri": "two_factor.secret_shown",
  "POST /two-factor/verify-totp": "two_factor.enabled",
  "POST /two-factor/send-otp": null,
  "POST /two-factor/verify-otp": null,
  "POST /two-factor/verify-backup-code": "two_factor.backup_code_used",
  "POST /two-factor/generate-backup-codes": "two_factor.backup_codes_replaced",
  "POST /two-factor/enable": "two_factor.enrolment_started",
  "POST /two-factor/disable": "two_factor.disabled",
};

/** Where the requests of these tests come from, as headers and as columns of an event. */
export const from = { "cf-connecting-ip": "198.51.100.7", "user-agent": "an-agent/1.0" };
export const origin = { ip_address: "198.51.100.7", user_agent: "an-agent/1.0" };

export interface AuditRow {
  event: string;
  actor_id: string | null;
  tenant_id: string | null;
  subject_id: string | null;
  impersonated_by: string | null;
  detail: string | null;
}

export interface AuditedPlatform {
  target: Target;
  operations: Operation[];
  cast: Cast;
  root: Person;
  /** The events that `act` leaves. */
  eventsOf: (act: () => Promise<unknown>) => Promise<AuditRow[]>;
}

export async function openAuditedPlatform(): Promise<AuditedPlatform> {
  const target = await startTarget({ cheapHashes: true });
  const people = await Promise.all(["Bo", "Bea", "Ben", "Gus"].map(target.enter));
  const [owner, admin, member, guest] = people as [Person, Person, Person, Person];
  return {
    target,
    operations: await readOperations(target),
    cast: { owner, admin, member, guest },
    root: await target.enterAdmin(),
    async eventsOf(act) {
      const last = await target.database
        .prepare("SELECT coalesce(max(id), 0) AS id FROM audit_event")
        .first<number>("id");
      await act();
      const { results } = await target.database
        .prepare("SELECT * FROM audit_event WHERE id > ? ORDER BY id")
        .bind(last)
        .all<AuditRow>();
      return results;
    },
  };
}
