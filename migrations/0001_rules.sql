-- A tenant never loses its last owner: not by leaving, removal, demotion, or the deletion of the user, and not by two
-- of these at once. Deleting the tenant itself works: SQLite deletes the parent row before it cascades, so the tenant
-- is gone when its members go.
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
--> statement-breakpoint
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
--> statement-breakpoint
-- A user has one platform role. Better Auth would store lists and any name that its role object happens to have.
CREATE TRIGGER `user_role_insert`
BEFORE INSERT ON `user`
WHEN NEW.role NOT IN ('platform-admin', 'user')
BEGIN
  SELECT RAISE(ABORT, 'UNKNOWN_ROLE');
END;
--> statement-breakpoint
CREATE TRIGGER `user_role_update`
BEFORE UPDATE OF `role` ON `user`
WHEN NEW.role NOT IN ('platform-admin', 'user')
BEGIN
  SELECT RAISE(ABORT, 'UNKNOWN_ROLE');
END;
--> statement-breakpoint
-- A session does not keep a tenant active whose member its user no longer is.
CREATE TRIGGER `member_clears_active_tenant`
AFTER DELETE ON `member`
BEGIN
  UPDATE `session` SET active_organization_id = NULL
  WHERE user_id = OLD.user_id AND active_organization_id = OLD.organization_id;
END;
--> statement-breakpoint
-- One pending invitation for each address and tenant (invitation_one_pending); one that has expired gives way.
CREATE TRIGGER `invitation_expired_gives_way`
BEFORE INSERT ON `invitation`
WHEN NEW.status = 'pending'
BEGIN
  UPDATE `invitation` SET status = 'canceled'
  WHERE organization_id = NEW.organization_id AND email = NEW.email AND status = 'pending'
    AND expires_at <= CAST(unixepoch('subsec') * 1000 AS INTEGER);
END;
