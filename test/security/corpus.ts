/**
 * What attacks on every operation start from: a platform with a tenant, everybody who may do something there, and the
 * requests that `requests.ts` aims at the tenant, or one that is carried out where those are not.
 */
import { enrol, newEmail, password, type Browser, type Person } from "../people.ts";
import { readOperations, type Call, type Operation } from "./operations.ts";
import { plantVictim } from "./plant.ts";
import { newPassword, requests, type Victim } from "./requests.ts";
import { takeSnapshot } from "./snapshot.ts";
import { startTarget, type Target } from "./target.ts";

interface Right {
  call: Call;
  /** The person whose cookies are sent with it. */
  by: number;
}

export interface Corpus {
  target: Target;
  operations: Operation[];
  /** Nobody, and who may do something. */
  visitors: Browser[];
  /** Ids and names that exist, so that requests get beyond "not found". */
  known: string[];
  right: (operation: Operation) => Right[];
  restore: () => Promise<void>;
  stop: () => Promise<void>;
}

const roles = ["nobody", "guest", "member", "admin", "owner", "platform-admin"] as const;
/** Beside the roles: one with a second factor, and the platform admin as somebody else. */
const [nobody, memberRole, twoFactor, impersonating] = [0, 2, 6, 7];
const wrongCode = "000000";

interface Planted {
  victim: Victim;
  me: Person;
  backupCode: string;
  /** The row of a provider's account. */
  socialAccountId: string;
}

/** Requests that are carried out, of operations whose other requests are meant to fail. */
const solved = ({ victim, me, ...rest }: Planted): Record<string, [Call, by?: number]> => ({
  "POST /sign-up/email": [{ body: { name: "Ada", email: newEmail(), password } }],
  "POST /sign-in/email": [{ body: { email: me.email, password } }],
  "POST /send-verification-email": [{ body: { email: victim.user.email } }, nobody],
  "POST /verify-password": [{ body: { password } }],
  "POST /change-password": [{ body: { currentPassword: password, newPassword } }],
  "POST /change-email": [{ body: { newEmail: newEmail() } }],
  "POST /delete-user": [{ body: { password } }],
  "POST /unlink-account": [{ body: { accountId: rest.socialAccountId } }],
  "POST /admin/stop-impersonating": [{ body: {} }, impersonating],
  "POST /two-factor/enable": [{ body: { password } }],
  "POST /two-factor/generate-backup-codes": [
    { body: { password, code: rest.backupCode } },
    twoFactor,
  ],
  "POST /two-factor/verify-backup-code": [{ body: { code: rest.backupCode } }, twoFactor],
  "POST /two-factor/verify-totp": [{ body: { code: wrongCode } }, twoFactor],
  "POST /two-factor/disable": [{ body: { password, code: rest.backupCode } }, twoFactor],
});

/** These want what mails, providers and clocks hand out, or answer nobody but with an error. */
export const notCarriedOut = new Set([
  "GET /callback/{id}",
  "POST /callback/{id}",
  "POST /reset-password",
  "GET /reset-password/{token}",
  "GET /verify-email",
  "GET /delete-user/callback",
  "POST /two-factor/get-totp-uri",
  "POST /end-sessions",
  "POST /refresh-token",
  "POST /get-access-token",
  "GET /account-info",
  "POST /two-factor/verify-totp",
  "POST /two-factor/send-otp",
  "POST /two-factor/verify-otp",
  "POST /get-session",
  "POST /update-session",
  "GET /error",
  // There is an admin.
  "POST /platform/claim",
]);

export async function openCorpus(): Promise<Corpus> {
  const target = await startTarget({
    cheapHashes: true,
    bindings: { GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "secret" },
  });
  const { database } = target;
  // With the hash of today, which no sign-in replaces after its answer.
  const people = await Promise.all(["Bo", "Bea", "Ben", "Gus"].map(target.signUp));
  const [owner, admin, member, guest] = people as [Person, Person, Person, Person];
  const root = await target.signUpAdmin();
  const victim = await plantVictim(target, { owner, admin, member, guest });
  const socialAccountId = "an-account-at-google";
  await database
    .prepare(
      "INSERT INTO account (id, account_id, provider_id, user_id, created_at, updated_at) VALUES (?, 'g', 'google', ?, ?, ?)",
    )
    .bind(socialAccountId, member.id, Date.now(), Date.now())
    .run();
  const careful = await target.signUp("Cara");
  const { backupCodes } = await enrol(careful.browser);
  const impersonator = target.open();
  for (const pair of root.browser.cookies) impersonator.cookies.set(...pair);
  await impersonator.post("/api/auth/admin/impersonate-user", { userId: victim.user.id });
  // The first token makes the first key.
  await owner.browser.get("/api/auth/token");
  const others = solved({
    victim,
    me: member,
    backupCode: backupCodes[0] ?? "",
    socialAccountId,
  });
  const right = ({ name }: Operation): Right[] => {
    const [other, by = memberRole] = others[name] ?? [];
    const aimed = (requests[name]?.(victim) ?? []).map(({ permitted, ...call }) => {
      const [role = "self"] = permitted;
      return { call, by: roles.indexOf(role === "self" ? "member" : role) };
    });
    return [...(other === undefined ? [] : [{ call: other, by }]), ...aimed];
  };
  const named = [victim.owner, victim.member, victim.user, victim.invitation].flatMap((one) =>
    Object.values<unknown>(one).filter((value) => typeof value === "string"),
  );
  return {
    target,
    operations: await readOperations(target),
    visitors: [
      target.open(),
      ...[guest, member, admin, owner, root, careful].map(({ browser }) => browser),
      impersonator,
    ],
    known: [
      ...named,
      victim.tenantId,
      victim.slug,
      victim.roleId,
      victim.roleName,
      root.id,
      guest.id,
      "owner",
      "member",
      "user",
      "platform-admin",
      "google",
      "credential",
    ],
    right,
    restore: await takeSnapshot(target),
    stop: target.stop,
  };
}
