-- The rules that this database enforces by itself, as they stand after the last migration: its unique indexes and its
-- triggers, each with the reason for it. D1 has no interactive transactions, so a check before a write races with every
-- other request; a rule here is part of the write and cannot be raced.
--
-- Nothing runs this file. Migrations create the rules, and a rule that changed is dropped and created again in a later
-- one, so the migrations show the history and this file the result. `npm run check:migrations` applies all migrations to
-- an empty database and demands exactly these rules. `test/worker/db/rules/` runs each trigger on D1, and compares the
-- codes that triggers raise with the messages that clients get.
--
-- Columns, defaults, foreign keys and the other indexes stand in schema.ts, which Drizzle can express. The unique indexes
-- stand in both, because they are rules too.


-- UNIQUE INDEXES: what must not exist twice

-- Sign-up, a change of address and social sign-in look an account up by its address: two users of one address would
-- share a door.
CREATE UNIQUE INDEX `user_email_unique` ON `user` (`email`);

-- A session is found by its token alone.
CREATE UNIQUE INDEX `session_token_unique` ON `session` (`token`);

-- One identity at a provider signs in one user. Without this rule, two first sign-ins at once would create two users.
CREATE UNIQUE INDEX `account_one_per_identity` ON `account` (`provider_id`,`account_id`);

-- Tenants are addressed by their slug.
CREATE UNIQUE INDEX `organization_slug_unique` ON `organization` (`slug`);

-- Three invitations that were accepted at once made one user three members, each with a role of its own.
CREATE UNIQUE INDEX `member_one_per_tenant` ON `member` (`organization_id`,`user_id`);

-- One pending invitation for each address and tenant, so that withdrawing it withdraws all there is. Decided ones are
-- history and may repeat. `invitation_expired_gives_way` keeps an expired one from blocking a new one.
CREATE UNIQUE INDEX `invitation_one_pending` ON `invitation` (`organization_id`,`email`) WHERE status = 'pending';

-- A role of a tenant's own is named by members' rows: two roles of one name would make its permissions ambiguous.
CREATE UNIQUE INDEX `organization_role_one_per_name` ON `organization_role` (`organization_id`,`role`);

-- A user has one TOTP secret and one set of backup codes. Without this rule, enrolments that race leave several secrets
-- that all verify.
CREATE UNIQUE INDEX `two_factor_one_per_user` ON `two_factor` (`user_id`);


-- THE LAST OWNER AND THE LAST ADMIN

-- A tenant never loses its last owner: not when the owner leaves, is removed or is deleted, and not when two owners leave
-- at once. Deleting the tenant itself works, because SQLite deletes the parent row before it cascades: the tenant is gone
-- when its members go.
CREATE TRIGGER `member_last_owner_delete`
BEFORE DELETE ON `member`
WHEN instr(',' || OLD.role || ',', ',owner,') > 0
  AND EXISTS (SELECT 1 FROM `organization` WHERE id = OLD.organization_id)
  AND NOT EXISTS (
    SELECT 1 FROM `member`
    WHERE organization_id = OLD.organization_id AND instr(',' || role || ',', ',owner,') > 0 AND id <> OLD.id
  )
BEGIN
  SELECT RAISE(ABORT, 'LAST_OWNER');
END;

-- The same for a demotion, and for a membership that is moved to another tenant.
CREATE TRIGGER `member_last_owner_update`
BEFORE UPDATE OF `role`, `organization_id` ON `member`
WHEN instr(',' || OLD.role || ',', ',owner,') > 0
  AND (instr(',' || NEW.role || ',', ',owner,') = 0 OR NEW.organization_id <> OLD.organization_id)
  AND NOT EXISTS (
    SELECT 1 FROM `member`
    WHERE organization_id = OLD.organization_id AND instr(',' || role || ',', ',owner,') > 0 AND id <> OLD.id
  )
BEGIN
  SELECT RAISE(ABORT, 'LAST_OWNER');
END;

-- A platform never loses its last admin who can act, because getting back in would take NNO's operator. A ban that has
-- run out still counts as a ban until the next sign-in lifts it.
CREATE TRIGGER `user_last_platform_admin_delete`
BEFORE DELETE ON `user`
WHEN OLD.role = 'platform-admin' AND OLD.banned IS NOT 1
  AND NOT EXISTS (
    SELECT 1 FROM `user` WHERE role = 'platform-admin' AND banned IS NOT 1 AND id <> OLD.id
  )
BEGIN
  SELECT RAISE(ABORT, 'LAST_PLATFORM_ADMIN');
END;

-- The same for a demotion and a ban.
CREATE TRIGGER `user_last_platform_admin_update`
BEFORE UPDATE OF `role`, `banned` ON `user`
WHEN OLD.role = 'platform-admin' AND OLD.banned IS NOT 1
  AND (NEW.role <> 'platform-admin' OR NEW.banned IS 1)
  AND NOT EXISTS (
    SELECT 1 FROM `user` WHERE role = 'platform-admin' AND banned IS NOT 1 AND id <> OLD.id
  )
BEGIN
  SELECT RAISE(ABORT, 'LAST_PLATFORM_ADMIN');
END;


-- PLATFORM ROLES

-- A user has exactly one platform role. Better Auth would store a list of roles, and any name that its role object happens
-- to inherit.
CREATE TRIGGER `user_role_insert`
BEFORE INSERT ON `user`
WHEN NEW.role NOT IN ('platform-admin', 'user')
BEGIN
  SELECT RAISE(ABORT, 'UNKNOWN_ROLE');
END;

-- The same when the role changes.
CREATE TRIGGER `user_role_update`
BEFORE UPDATE OF `role` ON `user`
WHEN NEW.role NOT IN ('platform-admin', 'user')
BEGIN
  SELECT RAISE(ABORT, 'UNKNOWN_ROLE');
END;


-- ROLE NAMES: one rule wherever a role is stored

-- A role has one reading. Better Auth splits a membership's role at commas and trims the names, and `member_last_owner_*`
-- search it as it stands: a role of a tenant's own named `auditor,owner` or ` owner`, once given, made an owner whom these
-- rules did not count. The names that every JavaScript object inherits are permissions that nobody gave. The built-in
-- roles cannot be redefined. `input/role-name.ts` has the same rule for requests.
CREATE TRIGGER `organization_role_name_insert`
BEFORE INSERT ON `organization_role`
WHEN NEW.role = '' OR length(NEW.role) > 64 OR NEW.role GLOB '*[^A-Za-z0-9_-]*'
  OR lower(NEW.role) IN (
    'owner', 'admin', 'member', '__definegetter__', '__definesetter__',
    '__lookupgetter__', '__lookupsetter__', '__proto__', 'constructor', 'hasownproperty',
    'isprototypeof', 'propertyisenumerable', 'tolocalestring', 'tostring', 'valueof'
  )
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;

-- The same when a role is renamed.
CREATE TRIGGER `organization_role_name_update`
BEFORE UPDATE OF `role` ON `organization_role`
WHEN NEW.role = '' OR length(NEW.role) > 64 OR NEW.role GLOB '*[^A-Za-z0-9_-]*'
  OR lower(NEW.role) IN (
    'owner', 'admin', 'member', '__definegetter__', '__definesetter__',
    '__lookupgetter__', '__lookupsetter__', '__proto__', 'constructor', 'hasownproperty',
    'isprototypeof', 'propertyisenumerable', 'tolocalestring', 'tostring', 'valueof'
  )
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;

-- A membership has names with single commas between, and nothing else.
CREATE TRIGGER `member_role_names_insert`
BEFORE INSERT ON `member`
WHEN instr(',' || NEW.role || ',', ',,') > 0 OR NEW.role GLOB '*[^A-Za-z0-9_,-]*'
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;

-- The same when a member gets another role.
CREATE TRIGGER `member_role_names_update`
BEFORE UPDATE OF `role` ON `member`
WHEN instr(',' || NEW.role || ',', ',,') > 0 OR NEW.role GLOB '*[^A-Za-z0-9_,-]*'
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;

-- An invitation's role becomes a membership's. It may have none, which is `member`.
CREATE TRIGGER `invitation_role_names_insert`
BEFORE INSERT ON `invitation`
WHEN instr(',' || NEW.role || ',', ',,') > 0 OR NEW.role GLOB '*[^A-Za-z0-9_,-]*'
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;

-- The same when an invitation gets another role.
CREATE TRIGGER `invitation_role_names_update`
BEFORE UPDATE OF `role` ON `invitation`
WHEN instr(',' || NEW.role || ',', ',,') > 0 OR NEW.role GLOB '*[^A-Za-z0-9_,-]*'
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;


-- SESSIONS: who gets one, and what ends it

-- Nobody who is banned gets a session. A ban may arrive while a sign-in is under way, and ends only the sessions that
-- exist by then. A ban that has run out is lifted by the next session.
CREATE TRIGGER `session_refuses_banned`
BEFORE INSERT ON `session`
WHEN EXISTS (SELECT 1 FROM `user` WHERE id = NEW.user_id AND banned = 1)
BEGIN
  SELECT RAISE(ABORT, 'BANNED_USER') FROM `user`
  WHERE id = NEW.user_id
    AND (ban_expires IS NULL OR ban_expires >= CAST(unixepoch('subsec') * 1000 AS INTEGER));
  UPDATE `user` SET banned = 0, ban_reason = NULL, ban_expires = NULL WHERE id = NEW.user_id;
END;

-- A ban, the loss of the platform role and a change of the second factor sign the user out everywhere in the same
-- statement, so that neither a failure nor a request in between leaves a session. The user's trusted devices, half-done
-- sign-ins and reset links end too: they are the verifications whose value is the user's id.
CREATE TRIGGER `user_change_ends_sessions`
AFTER UPDATE OF `banned`, `role`, `two_factor_enabled` ON `user`
WHEN (NEW.banned = 1 AND OLD.banned IS NOT 1)
  OR (OLD.role = 'platform-admin' AND NEW.role <> OLD.role)
  OR (coalesce(NEW.two_factor_enabled, 0) <> coalesce(OLD.two_factor_enabled, 0))
BEGIN
  DELETE FROM `session` WHERE user_id = NEW.id;
  DELETE FROM `verification` WHERE value = NEW.id AND length(value) <= 64;
END;

-- An impersonation ends with the session that it was started from: when the admin signs out, is banned, demoted, deleted
-- or revoked.
CREATE TRIGGER `session_ends_impersonations`
AFTER DELETE ON `session`
BEGIN
  DELETE FROM `session` WHERE impersonator_session_id = OLD.id;
END;


-- THE ACTIVE TENANT OF A SESSION: tokens and has-permission trust it, and need no check of their own

-- The active tenant is one that the user is a member of, also when the membership ends while the tenant is being chosen.
CREATE TRIGGER `session_tenant_needs_membership`
BEFORE UPDATE OF `active_organization_id` ON `session`
WHEN NEW.active_organization_id IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM `member` WHERE organization_id = NEW.active_organization_id AND user_id = NEW.user_id
  )
BEGIN
  SELECT RAISE(ABORT, 'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
END;

-- When a membership ends, no session of the user keeps that tenant active.
CREATE TRIGGER `member_clears_active_tenant`
AFTER DELETE ON `member`
BEGIN
  UPDATE `session` SET active_organization_id = NULL
  WHERE user_id = OLD.user_id AND active_organization_id = OLD.organization_id;
END;

-- A tenant that demands two-factor authentication is not the active tenant of a user without it. This rule refuses to
-- choose it; the next three cover the other ways to get there.
CREATE TRIGGER `session_tenant_needs_two_factor`
BEFORE UPDATE OF `active_organization_id` ON `session`
WHEN NEW.active_organization_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM `organization` WHERE id = NEW.active_organization_id AND require_two_factor = 1)
  AND EXISTS (SELECT 1 FROM `user` WHERE id = NEW.user_id AND two_factor_enabled IS NOT 1)
BEGIN
  SELECT RAISE(ABORT, 'TWO_FACTOR_REQUIRED_BY_TENANT');
END;

-- A new session that would start in such a tenant starts without one. It is not refused: the user must be able to sign in
-- to turn two-factor authentication on.
CREATE TRIGGER `session_begins_without_tenant`
AFTER INSERT ON `session`
WHEN NEW.active_organization_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM `organization` WHERE id = NEW.active_organization_id AND require_two_factor = 1)
  AND EXISTS (SELECT 1 FROM `user` WHERE id = NEW.user_id AND two_factor_enabled IS NOT 1)
BEGIN
  UPDATE `session` SET active_organization_id = NULL WHERE id = NEW.id;
END;

-- The tenant leaves running sessions at the moment when it starts to demand two-factor authentication.
CREATE TRIGGER `organization_demands_two_factor`
AFTER UPDATE OF `require_two_factor` ON `organization`
WHEN NEW.require_two_factor = 1
BEGIN
  UPDATE `session` SET active_organization_id = NULL
  WHERE active_organization_id = NEW.id
    AND user_id IN (
      SELECT `member`.user_id FROM `member` JOIN `user` ON `user`.id = `member`.user_id
      WHERE `member`.organization_id = NEW.id AND `user`.two_factor_enabled IS NOT 1
    );
END;

-- The tenant leaves a user's sessions when the user turns two-factor authentication off. `user_change_ends_sessions` ends
-- those sessions as well; this rule holds for the tenant even if that one is relaxed.
CREATE TRIGGER `user_without_two_factor_leaves_active_tenant`
AFTER UPDATE OF `two_factor_enabled` ON `user`
WHEN OLD.two_factor_enabled = 1 AND NEW.two_factor_enabled IS NOT 1
BEGIN
  UPDATE `session` SET active_organization_id = NULL
  WHERE user_id = NEW.id
    AND EXISTS (
      SELECT 1 FROM `organization`
      WHERE `organization`.id = `session`.active_organization_id AND require_two_factor = 1
    );
END;


-- INVITATIONS: who may send one, and when it ends

-- An invitation is written only while its sender may send it: a platform admin, or a member who may invite; and only an
-- owner invites an owner. The route has checked this before, but the sender may have been removed, demoted or banned
-- since.
CREATE TRIGGER `invitation_needs_authority`
BEFORE INSERT ON `invitation`
WHEN NEW.status = 'pending'
  AND NOT EXISTS (
    SELECT 1 FROM `user`
    LEFT JOIN `member` ON `member`.user_id = `user`.id AND `member`.organization_id = NEW.organization_id
    WHERE `user`.id = NEW.inviter_id AND `user`.banned IS NOT 1
      AND (
        `user`.role = 'platform-admin'
        OR instr(',' || `member`.role || ',', ',owner,') > 0
        OR (
          instr(',' || coalesce(NEW.role, '') || ',', ',owner,') = 0
          AND (
            instr(',' || `member`.role || ',', ',admin,') > 0
            OR EXISTS (
              SELECT 1 FROM `organization_role`, json_each(`organization_role`.permission, '$.invitation')
              WHERE `organization_role`.organization_id = NEW.organization_id
                AND instr(',' || `member`.role || ',', ',' || `organization_role`.role || ',') > 0
                AND value = 'create'
            )
          )
        )
      )
  )
BEGIN
  SELECT RAISE(ABORT, 'YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION');
END;

-- An expired invitation is cancelled when a new one is sent to the same address, so that `invitation_one_pending` does
-- not refuse the new one.
CREATE TRIGGER `invitation_expired_gives_way`
BEFORE INSERT ON `invitation`
WHEN NEW.status = 'pending'
BEGIN
  UPDATE `invitation` SET status = 'canceled'
  WHERE organization_id = NEW.organization_id AND email = NEW.email AND status = 'pending'
    AND expires_at <= CAST(unixepoch('subsec') * 1000 AS INTEGER);
END;

-- An invitation is decided once. If it is withdrawn or rejected while it is being accepted, only the first write counts:
-- otherwise a member would exist whose invitation says that they were turned away.
CREATE TRIGGER `invitation_decided_once`
BEFORE UPDATE OF `status` ON `invitation`
WHEN OLD.status <> 'pending' AND NEW.status <> OLD.status
BEGIN
  SELECT RAISE(ABORT, 'INVITATION_DECIDED');
END;

-- A former member leaves no way back in: neither an invitation to their own address, nor one that they sent, possibly to
-- another address of theirs.
CREATE TRIGGER `member_end_cancels_invitations`
AFTER DELETE ON `member`
BEGIN
  UPDATE `invitation` SET status = 'canceled'
  WHERE organization_id = OLD.organization_id AND status = 'pending'
    AND (inviter_id = OLD.user_id
      OR email = (SELECT lower(email) FROM `user` WHERE id = OLD.user_id));
END;

-- A member's invitations end when the member loses any role, including a role of the tenant's own, because sending them
-- may have taken that role. A role that is added ends nothing, and an owner may send any invitation.
CREATE TRIGGER `member_demotion_cancels_invitations`
AFTER UPDATE OF `role` ON `member`
WHEN instr(',' || NEW.role || ',', ',owner,') = 0
  AND EXISTS (
    SELECT 1 FROM json_each('[' || replace(json_quote(OLD.role), ',', '","') || ']')
    WHERE instr(',' || NEW.role || ',', ',' || value || ',') = 0
  )
BEGIN
  UPDATE `invitation` SET status = 'canceled'
  WHERE organization_id = OLD.organization_id AND status = 'pending' AND inviter_id = OLD.user_id;
END;

-- The invitations that somebody sent as platform admin end with that role, and everybody's end with a ban.
CREATE TRIGGER `user_change_cancels_invitations`
AFTER UPDATE OF `banned`, `role` ON `user`
WHEN (NEW.banned = 1 AND OLD.banned IS NOT 1)
  OR (OLD.role = 'platform-admin' AND NEW.role <> OLD.role)
BEGIN
  UPDATE `invitation` SET status = 'canceled' WHERE inviter_id = NEW.id AND status = 'pending';
END;


-- TENANTS

-- Two slugs that differ in case alone look the same to people, in an address as in a list. Look-ups take any case, so no
-- second tenant gets one. Tenants of before this rule keep theirs; the unique index refuses the same spelling.
CREATE TRIGGER `organization_slug_insert`
BEFORE INSERT ON `organization`
WHEN EXISTS (
    SELECT 1 FROM `organization`
    WHERE lower(slug) = lower(NEW.slug) AND slug <> NEW.slug AND id <> NEW.id
  )
BEGIN
  SELECT RAISE(ABORT, 'ORGANIZATION_SLUG_ALREADY_TAKEN');
END;

-- The same when a slug changes. A tenant's own may change its case.
CREATE TRIGGER `organization_slug_update`
BEFORE UPDATE OF `slug` ON `organization`
WHEN NEW.slug <> OLD.slug
  AND EXISTS (
    SELECT 1 FROM `organization`
    WHERE lower(slug) = lower(NEW.slug) AND slug <> NEW.slug AND id <> NEW.id
  )
BEGIN
  SELECT RAISE(ABORT, 'ORGANIZATION_SLUG_ALREADY_TAKEN');
END;


-- LIMITS: what one account, or one tenant, may have at a time

-- Each limit is an option of the owner's, in the one row of `quota`, which the write brings in its own batch: see
-- `db/limits.ts`. A count before the write would let through as many requests as arrive at once.

-- A user owns a limited number of tenants, whichever way they become the owner. Platform admins are exempt, because they
-- set up tenants for others.
CREATE TRIGGER `member_owner_limit_insert`
BEFORE INSERT ON `member`
WHEN instr(',' || NEW.role || ',', ',owner,') > 0
  AND (SELECT role FROM `user` WHERE id = NEW.user_id) IS NOT 'platform-admin'
  AND (
    SELECT count(*) FROM `member`
    WHERE user_id = NEW.user_id AND instr(',' || role || ',', ',owner,') > 0
  ) >= (SELECT tenants_per_owner FROM `quota`)
BEGIN
  SELECT RAISE(ABORT, 'YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS');
END;

-- The same for a member who becomes an owner.
CREATE TRIGGER `member_owner_limit_update`
BEFORE UPDATE OF `role` ON `member`
WHEN instr(',' || NEW.role || ',', ',owner,') > 0
  AND instr(',' || OLD.role || ',', ',owner,') = 0
  AND (SELECT role FROM `user` WHERE id = NEW.user_id) IS NOT 'platform-admin'
  AND (
    SELECT count(*) FROM `member`
    WHERE user_id = NEW.user_id AND instr(',' || role || ',', ',owner,') > 0
  ) >= (SELECT tenants_per_owner FROM `quota`)
BEGIN
  SELECT RAISE(ABORT, 'YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS');
END;

-- A tenant has a limited number of members. Counting up to 10,000 rows for each that joins would cost as many reads, so
-- `tenant_size` has the number, which the next two rules keep.
CREATE TRIGGER `member_limit`
BEFORE INSERT ON `member`
WHEN (SELECT members FROM `tenant_size` WHERE organization_id = NEW.organization_id)
  >= (SELECT members_per_tenant FROM `quota`)
BEGIN
  SELECT RAISE(ABORT, 'ORGANIZATION_MEMBERSHIP_LIMIT_REACHED');
END;

-- A new member is counted.
CREATE TRIGGER `member_joins_size`
AFTER INSERT ON `member`
BEGIN
  INSERT INTO `tenant_size` (organization_id, members) VALUES (NEW.organization_id, 1)
  ON CONFLICT (organization_id) DO UPDATE SET members = members + 1;
END;

-- A member who is gone is not.
CREATE TRIGGER `member_leaves_size`
AFTER DELETE ON `member`
BEGIN
  UPDATE `tenant_size` SET members = members - 1 WHERE organization_id = OLD.organization_id;
END;

-- A tenant defines a limited number of roles. Better Auth reads all of them to answer whether a member may do something.
CREATE TRIGGER `organization_role_limit`
BEFORE INSERT ON `organization_role`
WHEN (SELECT count(*) FROM `organization_role` WHERE organization_id = NEW.organization_id)
  >= (SELECT roles_per_tenant FROM `quota`)
BEGIN
  SELECT RAISE(ABORT, 'TOO_MANY_ROLES');
END;

-- A tenant's own people have a limited number of invitations pending. Those that have expired do not count, and platform
-- admins may invite more.
CREATE TRIGGER `invitation_pending_limit`
BEFORE INSERT ON `invitation`
WHEN NEW.status = 'pending'
  AND (SELECT role FROM `user` WHERE id = NEW.inviter_id) IS NOT 'platform-admin'
  AND (
    SELECT count(*) FROM `invitation`
    WHERE organization_id = NEW.organization_id AND status = 'pending'
      AND expires_at > CAST(unixepoch('subsec') * 1000 AS INTEGER)
  ) >= (SELECT pending_invitations_per_tenant FROM `quota`)
BEGIN
  SELECT RAISE(ABORT, 'INVITATION_LIMIT_REACHED');
END;

-- A user has a limited number of sessions. Refusing the sign-in would lock out people who forgot to sign out elsewhere, so
-- the session that was used longest ago ends. Impersonations are the admins' and end within an hour.
CREATE TRIGGER `session_oldest_gives_way`
AFTER INSERT ON `session`
WHEN NEW.impersonated_by IS NULL AND EXISTS (SELECT 1 FROM `quota`)
BEGIN
  DELETE FROM `session` WHERE id IN (
    SELECT id FROM `session`
    WHERE user_id = NEW.user_id AND impersonated_by IS NULL AND id <> NEW.id
    ORDER BY updated_at DESC
    LIMIT -1 OFFSET (SELECT max(0, sessions_per_user - 1) FROM `quota`)
  );
END;


-- ACCOUNTS OF UNVERIFIED ADDRESSES

-- Account pre-hijacking: an attacker signs in through a provider with the victim's address and waits. The person who then
-- sets the first password, through the mailed link, has proven the address; a provider that was connected before has not,
-- and is disconnected.
CREATE TRIGGER `account_first_password_of_unverified`
AFTER INSERT ON `account`
WHEN NEW.provider_id = 'credential'
  AND (SELECT email_verified FROM `user` WHERE id = NEW.user_id) = 0
BEGIN
  DELETE FROM `account` WHERE user_id = NEW.user_id AND provider_id <> 'credential';
END;

-- The same when a password that exists is replaced.
CREATE TRIGGER `account_new_password_of_unverified`
AFTER UPDATE OF `password` ON `account`
WHEN NEW.provider_id = 'credential'
  AND (SELECT email_verified FROM `user` WHERE id = NEW.user_id) = 0
BEGIN
  DELETE FROM `account` WHERE user_id = NEW.user_id AND provider_id <> 'credential';
END;
