DROP INDEX `organization_name_search`;--> statement-breakpoint
CREATE INDEX `organization_name_search` ON `organization` (lower("name"),`id`);--> statement-breakpoint
CREATE INDEX `invitation_pending` ON `invitation` (`organization_id`,`expires_at`) WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX `member_own_role` ON `member` (`organization_id`,`role`) WHERE role NOT IN ('owner', 'admin', 'member');--> statement-breakpoint
CREATE INDEX `user_name_search` ON `user` (lower("name"),`id`);