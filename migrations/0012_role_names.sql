-- Rows of before the rule. A role of the tenant's own that nobody can name stays under a name that nobody has, and permits
-- nothing. A membership whose role had two readings is the owner's where the last-owner rule counted it as one.
UPDATE `organization_role` SET permission = '{}', role = 'unnamed-' || lower(id)
WHERE role = '' OR length(role) > 64 OR role GLOB '*[^A-Za-z0-9_-]*' OR lower(role) IN (
    'owner', 'admin', 'member', '__definegetter__', '__definesetter__',
    '__lookupgetter__', '__lookupsetter__', '__proto__', 'constructor', 'hasownproperty',
    'isprototypeof', 'propertyisenumerable', 'tolocalestring', 'tostring', 'valueof'
  );
--> statement-breakpoint
UPDATE `member` SET role = CASE WHEN instr(',' || role || ',', ',owner,') > 0 THEN 'owner' ELSE 'member' END
WHERE instr(',' || role || ',', ',,') > 0 OR role GLOB '*[^A-Za-z0-9_,-]*';
--> statement-breakpoint
UPDATE `invitation` SET status = CASE WHEN status = 'pending' THEN 'canceled' ELSE status END, role = 'member'
WHERE instr(',' || role || ',', ',,') > 0 OR role GLOB '*[^A-Za-z0-9_,-]*';
--> statement-breakpoint
CREATE TRIGGER `organization_role_name_insert`
BEFORE INSERT ON `organization_role`
WHEN NEW.role = '' OR length(NEW.role) > 64 OR NEW.role GLOB '*[^A-Za-z0-9_-]*'
  OR lower(NEW.role) IN (
    'owner', 'admin', 'member', '__definegetter__', '__definesetter__',
    '__lookupgetter__', '__lookupsetter__', '__proto__', 'constructor', 'hasownproperty',
    'isprototypeof', 'propertyisenumerable', 'tolocalestring', 'tostring', 'valueof'
  )
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;
--> statement-breakpoint
CREATE TRIGGER `organization_role_name_update`
BEFORE UPDATE OF `role` ON `organization_role`
WHEN NEW.role = '' OR length(NEW.role) > 64 OR NEW.role GLOB '*[^A-Za-z0-9_-]*'
  OR lower(NEW.role) IN (
    'owner', 'admin', 'member', '__definegetter__', '__definesetter__',
    '__lookupgetter__', '__lookupsetter__', '__proto__', 'constructor', 'hasownproperty',
    'isprototypeof', 'propertyisenumerable', 'tolocalestring', 'tostring', 'valueof'
  )
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;
--> statement-breakpoint
CREATE TRIGGER `member_role_names_insert`
BEFORE INSERT ON `member`
WHEN instr(',' || NEW.role || ',', ',,') > 0 OR NEW.role GLOB '*[^A-Za-z0-9_,-]*'
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;
--> statement-breakpoint
CREATE TRIGGER `member_role_names_update`
BEFORE UPDATE OF `role` ON `member`
WHEN instr(',' || NEW.role || ',', ',,') > 0 OR NEW.role GLOB '*[^A-Za-z0-9_,-]*'
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;
--> statement-breakpoint
CREATE TRIGGER `invitation_role_names_insert`
BEFORE INSERT ON `invitation`
WHEN instr(',' || NEW.role || ',', ',,') > 0 OR NEW.role GLOB '*[^A-Za-z0-9_,-]*'
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;
--> statement-breakpoint
CREATE TRIGGER `invitation_role_names_update`
BEFORE UPDATE OF `role` ON `invitation`
WHEN instr(',' || NEW.role || ',', ',,') > 0 OR NEW.role GLOB '*[^A-Za-z0-9_,-]*'
BEGIN
  SELECT RAISE(ABORT, 'INVALID_ROLE_NAME');
END;
