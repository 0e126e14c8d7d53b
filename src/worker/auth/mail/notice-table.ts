/**
 * Which events of the audit log are mailed, and to whom. An event without a line here does not compile. `send-notices.ts`
 * sends the mails once the route has succeeded.
 */
import type { AuditEvent } from "../audit/event.ts";
import type { AuditEventName } from "../audit/event-names.ts";

export type NoticeMail =
  | "accountDeleted"
  | "backupCodeUsed"
  | "backupCodesReplaced"
  | "emailChanged"
  | "impersonated"
  | "newSignIn"
  | "passwordChanged"
  | "platformRoleChanged"
  | "providerConnected"
  | "providerDisconnected"
  | "secretShown"
  | "twoFactorDisabled"
  | "twoFactorEnabled";

export interface Notice {
  mail: NoticeMail;
  /**
   * The owner of the account that the event is about: the subject if it has one, and the actor otherwise. For
   * `previous-address`, the mail goes to the address that the account had before.
   */
  to: "owner" | "previous-address";
  /** Omitted: each such event is mailed. */
  when?: (event: AuditEvent, others: ReadonlySet<AuditEventName>) => boolean;
}

/** The mails of an event, or the reason why there is none. */
export type Decision = readonly Notice[] | { none: string };

const hasRole = ({ detail }: AuditEvent) => typeof detail?.["role"] === "string";
const hasAddress = ({ detail }: AuditEvent) => typeof detail?.["email"] === "string";

const asked = { none: "The mail that the flow sends by itself tells of it." };
const failed = {
  none: "Failures are counted and can be repeated at will; a mail for each would be a nuisance.",
};
const administered = { none: "An admin's reading changes nothing for anybody." };
const tenants = { none: "It concerns the tenant, whose owners read its log." };
const visible = { none: "The person notices it by being signed out, or at the next sign-in." };
const harmless = { none: "It takes nothing from the account and opens nothing." };

export const noticesOf: Record<AuditEventName, Decision> = {
  "account.linked": [
    {
      mail: "providerConnected",
      to: "owner",
      // A sign-up at a provider connects it, too.
      when: (_event, others) => !others.has("user.created"),
    },
  ],
  "account.unlinked": [{ mail: "providerDisconnected", to: "owner" }],
  "audit_log.exported": administered,
  "email.change_confirmed": asked,
  "email.change_requested": asked,
  "email.changed": [{ mail: "emailChanged", to: "previous-address" }],
  "email.link_followed": harmless,
  "email.verified": harmless,
  "impersonation.ended": harmless,
  "impersonation.refused": harmless,
  "impersonation.started": [{ mail: "impersonated", to: "owner" }],
  "invitation.accepted": tenants,
  "invitation.canceled": tenants,
  "invitation.created": asked,
  "invitation.rejected": tenants,
  "invitations.listed": administered,
  "member.added": tenants,
  "member.left": tenants,
  "member.removed": tenants,
  "member.role_changed": tenants,
  "members.listed": administered,
  "memberships.listed": administered,
  "password.change_failed": failed,
  "password.changed": [{ mail: "passwordChanged", to: "owner" }],
  "password.check_failed": failed,
  "password.reset": [{ mail: "passwordChanged", to: "owner" }],
  "password.reset_failed": failed,
  "password.set_by_admin": [{ mail: "passwordChanged", to: "owner" }],
  "platform.claimed": [{ mail: "platformRoleChanged", to: "owner" }],
  "request.refused": failed,
  "route.called": { none: "An owner's plugin mails what its routes do." },
  "route.refused": failed,
  "session.created": [{ mail: "newSignIn", to: "owner" }],
  "session.ended": harmless,
  "session.revoked": visible,
  "session.revoked_by_admin": visible,
  "sign_in.failed": failed,
  "tenant.created": tenants,
  "tenant.deleted": tenants,
  "tenant.read": administered,
  "tenant.updated": tenants,
  "tenant_role.created": tenants,
  "tenant_role.deleted": tenants,
  "tenant_role.updated": tenants,
  "tenants.listed": administered,
  "two_factor.backup_code_used": [{ mail: "backupCodeUsed", to: "owner" }],
  "two_factor.backup_codes_replaced": [{ mail: "backupCodesReplaced", to: "owner" }],
  "two_factor.disable_failed": failed,
  "two_factor.disabled": [{ mail: "twoFactorDisabled", to: "owner" }],
  "two_factor.enabled": [{ mail: "twoFactorEnabled", to: "owner" }],
  "two_factor.enrolment_started": harmless,
  "two_factor.failed": failed,
  "two_factor.secret_shown": [{ mail: "secretShown", to: "owner" }],
  "user.banned": visible,
  "user.created": asked,
  "user.created_by_admin": harmless,
  "user.deleted": [{ mail: "accountDeleted", to: "owner" }],
  "user.role_changed": [{ mail: "platformRoleChanged", to: "owner" }],
  "user.unbanned": harmless,
  "user.updated_by_admin": [
    { mail: "emailChanged", to: "previous-address", when: hasAddress },
    { mail: "platformRoleChanged", to: "owner", when: hasRole },
  ],
  "users.listed": administered,
};
