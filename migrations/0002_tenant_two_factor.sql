ALTER TABLE `organization` ADD `require_two_factor` integer DEFAULT false NOT NULL;--> statement-breakpoint
-- Where a tenant demands two-factor authentication, it is the active tenant of nobody who has none: not from the moment
-- it demands it, not after a member turned theirs off, and not in a new session. What reads the active tenant (tokens,
-- has-permission) therefore needs no check of its own.
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
--> statement-breakpoint
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
--> statement-breakpoint
CREATE TRIGGER `session_tenant_needs_two_factor`
BEFORE UPDATE OF `active_organization_id` ON `session`
WHEN NEW.active_organization_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM `organization` WHERE id = NEW.active_organization_id AND require_two_factor = 1)
  AND EXISTS (SELECT 1 FROM `user` WHERE id = NEW.user_id AND two_factor_enabled IS NOT 1)
BEGIN
  SELECT RAISE(ABORT, 'TWO_FACTOR_REQUIRED_BY_TENANT');
END;
--> statement-breakpoint
CREATE TRIGGER `session_begins_without_tenant`
AFTER INSERT ON `session`
WHEN NEW.active_organization_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM `organization` WHERE id = NEW.active_organization_id AND require_two_factor = 1)
  AND EXISTS (SELECT 1 FROM `user` WHERE id = NEW.user_id AND two_factor_enabled IS NOT 1)
BEGIN
  UPDATE `session` SET active_organization_id = NULL WHERE id = NEW.id;
END;
