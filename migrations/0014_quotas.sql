CREATE TABLE `quota` (
	`id` integer PRIMARY KEY NOT NULL,
	`tenants_per_owner` integer NOT NULL,
	`roles_per_tenant` integer NOT NULL,
	`members_per_tenant` integer NOT NULL,
	`pending_invitations_per_tenant` integer NOT NULL,
	`sessions_per_user` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tenant_size` (
	`organization_id` text PRIMARY KEY NOT NULL,
	`members` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organization`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `member_owned` ON `member` (`user_id`) WHERE instr(',' || role || ',', ',owner,') > 0;
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
CREATE TRIGGER `member_limit`
BEFORE INSERT ON `member`
WHEN (SELECT members FROM `tenant_size` WHERE organization_id = NEW.organization_id)
  >= (SELECT members_per_tenant FROM `quota`)
BEGIN
  SELECT RAISE(ABORT, 'ORGANIZATION_MEMBERSHIP_LIMIT_REACHED');
END;
--> statement-breakpoint
CREATE TRIGGER `member_joins_size`
AFTER INSERT ON `member`
BEGIN
  INSERT INTO `tenant_size` (organization_id, members) VALUES (NEW.organization_id, 1)
  ON CONFLICT (organization_id) DO UPDATE SET members = members + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `member_leaves_size`
AFTER DELETE ON `member`
BEGIN
  UPDATE `tenant_size` SET members = members - 1 WHERE organization_id = OLD.organization_id;
END;
--> statement-breakpoint
CREATE TRIGGER `organization_role_limit`
BEFORE INSERT ON `organization_role`
WHEN (SELECT count(*) FROM `organization_role` WHERE organization_id = NEW.organization_id)
  >= (SELECT roles_per_tenant FROM `quota`)
BEGIN
  SELECT RAISE(ABORT, 'TOO_MANY_ROLES');
END;
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
INSERT INTO `tenant_size` (`organization_id`, `members`) SELECT `organization_id`, count(*) FROM `member` GROUP BY `organization_id`;
--> statement-breakpoint
-- Pictures that an earlier release took and that are none: links that run, plain HTTP, SVG.
UPDATE `user` SET `image` = NULL
WHERE `image` NOT LIKE 'https://%' AND `image` NOT LIKE 'data:image/%' OR `image` LIKE 'data:image/svg%';
--> statement-breakpoint
UPDATE `organization` SET `logo` = NULL
WHERE `logo` NOT LIKE 'https://%' AND `logo` NOT LIKE 'data:image/%' OR `logo` LIKE 'data:image/svg%';
