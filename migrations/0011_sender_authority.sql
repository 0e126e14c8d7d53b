-- What somebody sent as platform admin is worth nothing once they are none; what anybody sent, nothing once they are banned.
CREATE TRIGGER `user_change_cancels_invitations`
AFTER UPDATE OF `banned`, `role` ON `user`
WHEN (NEW.banned = 1 AND OLD.banned IS NOT 1)
  OR (OLD.role = 'platform-admin' AND NEW.role <> OLD.role)
BEGIN
  UPDATE `invitation` SET status = 'canceled' WHERE inviter_id = NEW.id AND status = 'pending';
END;
--> statement-breakpoint
-- Nor what a member sent, once they have lost a role that it may have taken, one of the tenant's own included. A role more
-- loses nothing, and an owner may invite as anybody else.
DROP TRIGGER `member_demotion_cancels_invitations`;
--> statement-breakpoint
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
--> statement-breakpoint
-- These find an invitation that is written before them. One that is under way meanwhile is not written: whoever sends it is,
-- at that moment, a platform admin or a member who may invite, and an owner where it makes one.
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
--> statement-breakpoint
-- A session's tenant is one that its user is a member of, also when the membership ends while it is chosen.
CREATE TRIGGER `session_tenant_needs_membership`
BEFORE UPDATE OF `active_organization_id` ON `session`
WHEN NEW.active_organization_id IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM `member` WHERE organization_id = NEW.active_organization_id AND user_id = NEW.user_id
  )
BEGIN
  SELECT RAISE(ABORT, 'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION');
END;
--> statement-breakpoint
-- What they would not have let stand: invitations of the banned, of strangers, and of those who may nothing but be members.
UPDATE `invitation` SET status = 'canceled'
WHERE status = 'pending'
  AND NOT EXISTS (
    SELECT 1 FROM `user`
    LEFT JOIN `member` ON `member`.user_id = `user`.id AND `member`.organization_id = `invitation`.organization_id
    WHERE `user`.id = `invitation`.inviter_id AND `user`.banned IS NOT 1
      AND (`user`.role = 'platform-admin' OR `member`.role <> 'member')
  );
--> statement-breakpoint
UPDATE `session` SET active_organization_id = NULL
WHERE active_organization_id IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM `member`
    WHERE `member`.organization_id = `session`.active_organization_id AND `member`.user_id = `session`.user_id
  );
