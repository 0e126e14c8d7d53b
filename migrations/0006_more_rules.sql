-- A platform never loses its last admin who can act: not by demotion, a ban or deletion, and not by two of these at once.
-- Getting back in would take the operator. A ban that has run out still counts as one until Better Auth lifts it.
CREATE TRIGGER `user_last_platform_admin_delete`
BEFORE DELETE ON `user`
WHEN OLD.role = 'platform-admin' AND OLD.banned IS NOT 1
  AND NOT EXISTS (
    SELECT 1 FROM `user` WHERE role = 'platform-admin' AND banned IS NOT 1 AND id <> OLD.id
  )
BEGIN
  SELECT RAISE(ABORT, 'LAST_PLATFORM_ADMIN');
END;
--> statement-breakpoint
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
--> statement-breakpoint
-- An invitation is decided once: one that is withdrawn or rejected while it is accepted would say so of a member.
CREATE TRIGGER `invitation_decided_once`
BEFORE UPDATE OF `status` ON `invitation`
WHEN OLD.status <> 'pending' AND NEW.status <> OLD.status
BEGIN
  SELECT RAISE(ABORT, 'INVITATION_DECIDED');
END;
