DROP INDEX `invitation_email`;--> statement-breakpoint
CREATE INDEX `invitation_email` ON `invitation` (`email`,`created_at`);--> statement-breakpoint
DROP INDEX `member_user`;--> statement-breakpoint
CREATE INDEX `member_user` ON `member` (`user_id`,`created_at`,`id`);