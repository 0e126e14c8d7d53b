-- An invitation is good for as long as those it stands between are who they were. Whoever ceases to be a member leaves no
-- way back behind: none that was sent to their address, and none that they sent to others (or to an address of theirs).
CREATE TRIGGER `member_end_cancels_invitations`
AFTER DELETE ON `member`
BEGIN
  UPDATE `invitation` SET status = 'canceled'
  WHERE organization_id = OLD.organization_id AND status = 'pending'
    AND (inviter_id = OLD.user_id
      OR email = (SELECT lower(email) FROM `user` WHERE id = OLD.user_id));
END;
--> statement-breakpoint
-- Nor do the invitations of somebody who may not invite any more as they could: an owner or admin who is one no longer.
CREATE TRIGGER `member_demotion_cancels_invitations`
AFTER UPDATE OF `role` ON `member`
WHEN (instr(',' || OLD.role || ',', ',owner,') > 0 AND instr(',' || NEW.role || ',', ',owner,') = 0)
  OR (instr(',' || OLD.role || ',', ',admin,') > 0
    AND instr(',' || NEW.role || ',', ',admin,') = 0 AND instr(',' || NEW.role || ',', ',owner,') = 0)
BEGIN
  UPDATE `invitation` SET status = 'canceled'
  WHERE organization_id = OLD.organization_id AND status = 'pending' AND inviter_id = OLD.user_id;
END;
