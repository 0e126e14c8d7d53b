-- Nobody who is banned gets a session: a ban may come while a sign-in is under way, and ends only the sessions that there
-- are. A ban that has run out is lifted by the next session.
CREATE TRIGGER `session_refuses_banned`
BEFORE INSERT ON `session`
WHEN EXISTS (SELECT 1 FROM `user` WHERE id = NEW.user_id AND banned = 1)
BEGIN
  SELECT RAISE(ABORT, 'BANNED_USER') FROM `user`
  WHERE id = NEW.user_id
    AND (ban_expires IS NULL OR ban_expires >= CAST(unixepoch('subsec') * 1000 AS INTEGER));
  UPDATE `user` SET banned = 0, ban_reason = NULL, ban_expires = NULL WHERE id = NEW.user_id;
END;
