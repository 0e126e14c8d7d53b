CREATE INDEX `organization_slug_any_case` ON `organization` (lower("slug"));
--> statement-breakpoint
CREATE TRIGGER `organization_slug_insert`
BEFORE INSERT ON `organization`
WHEN EXISTS (
    SELECT 1 FROM `organization`
    WHERE lower(slug) = lower(NEW.slug) AND slug <> NEW.slug AND id <> NEW.id
  )
BEGIN
  SELECT RAISE(ABORT, 'ORGANIZATION_SLUG_ALREADY_TAKEN');
END;
--> statement-breakpoint
CREATE TRIGGER `organization_slug_update`
BEFORE UPDATE OF `slug` ON `organization`
WHEN NEW.slug <> OLD.slug
  AND EXISTS (
    SELECT 1 FROM `organization`
    WHERE lower(slug) = lower(NEW.slug) AND slug <> NEW.slug AND id <> NEW.id
  )
BEGIN
  SELECT RAISE(ABORT, 'ORGANIZATION_SLUG_ALREADY_TAKEN');
END;
