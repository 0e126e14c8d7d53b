ALTER TABLE `session` ADD `impersonator_session_id` text;--> statement-breakpoint
CREATE INDEX `session_impersonator` ON `session` (`impersonator_session_id`) WHERE impersonator_session_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `verification_user` ON `verification` (`value`) WHERE length(value) <= 64;
--> statement-breakpoint
-- An impersonation ends with the session that it began from: the admin signs out, is banned, demoted, deleted, or revoked.
CREATE TRIGGER `session_ends_impersonations`
AFTER DELETE ON `session`
BEGIN
  DELETE FROM `session` WHERE impersonator_session_id = OLD.id;
END;
--> statement-breakpoint
-- Who is banned, loses the platform role or changes the second factor is signed out everywhere by that same statement, so
-- that no failure and no request in between leaves a session. Trusted devices, challenges and reset links go with them.
CREATE TRIGGER `user_change_ends_sessions`
AFTER UPDATE OF `banned`, `role`, `two_factor_enabled` ON `user`
WHEN (NEW.banned = 1 AND OLD.banned IS NOT 1)
  OR (OLD.role = 'platform-admin' AND NEW.role <> OLD.role)
  OR (coalesce(NEW.two_factor_enabled, 0) <> coalesce(OLD.two_factor_enabled, 0))
BEGIN
  DELETE FROM `session` WHERE user_id = NEW.id;
  DELETE FROM `verification` WHERE value = NEW.id AND length(value) <= 64;
END;
