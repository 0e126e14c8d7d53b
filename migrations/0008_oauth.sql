-- ID tokens have names and addresses, were kept as they came, and nothing reads them.
UPDATE `account` SET id_token = NULL WHERE id_token IS NOT NULL;
--> statement-breakpoint
-- Account pre-hijacking: somebody signs in through a provider with a stranger's address, and waits. Whoever then sets the
-- password by the mailed link has proven the address, and whoever connected a provider before that has not.
CREATE TRIGGER `account_first_password_of_unverified`
AFTER INSERT ON `account`
WHEN NEW.provider_id = 'credential'
  AND (SELECT email_verified FROM `user` WHERE id = NEW.user_id) = 0
BEGIN
  DELETE FROM `account` WHERE user_id = NEW.user_id AND provider_id <> 'credential';
END;
--> statement-breakpoint
CREATE TRIGGER `account_new_password_of_unverified`
AFTER UPDATE OF `password` ON `account`
WHEN NEW.provider_id = 'credential'
  AND (SELECT email_verified FROM `user` WHERE id = NEW.user_id) = 0
BEGIN
  DELETE FROM `account` WHERE user_id = NEW.user_id AND provider_id <> 'credential';
END;
