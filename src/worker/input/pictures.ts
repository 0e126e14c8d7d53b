/**
 * A user's image and a tenant's logo, which every app of the platform shows: a link with `https:`, or the data of a picture.
 * Anything else may run where a page uses it as a link (`javascript:`), or tell a stranger's server over plain HTTP who is
 * looking. SVG data is refused, because an SVG that is opened by itself runs scripts.
 */
import { refuse, type Refusal } from "./refusal.ts";

const linkPattern = /^https:\/\/[^\s<>"'`\\]+$/i;
const linkLimitCharacters = 2048;
const dataPattern = /^data:image\/(?:avif|gif|jpeg|png|webp);base64,[A-Za-z0-9+/]+={0,2}$/;

/** @param limitBytes the size that picture data may have, as the text of the URL. */
export function checkPicture(
  field: string,
  value: string,
  limitBytes: number,
): Refusal | undefined {
  const isData = value.startsWith("data:");
  const limit = isData ? limitBytes : linkLimitCharacters;
  // Only a short text is matched: the sender chooses its length.
  if (value.length > limit) {
    return refuse("PICTURE_TOO_LARGE", `"${field}" must not have more than ${limit} characters.`);
  }
  if (isData ? dataPattern.test(value) : isLink(value)) return undefined;
  return refuse(
    "INVALID_PICTURE",
    `"${field}" must be a link that begins with https://, or data:image/ with PNG, JPEG, GIF, WebP or AVIF in base64.`,
  );
}

function isLink(value: string): boolean {
  const url = linkPattern.test(value) ? URL.parse(value) : null;
  return url !== null && url.username === "" && url.password === "";
}

/**
 * The picture of a user as it may be stored, or null if it is not a valid one. For pictures that the user's request did not
 * bring, such as those in a provider's profile: a sign-in does not fail because of a picture.
 */
export function pictureOrNull(value: unknown, limitBytes: number): string | null {
  if (typeof value !== "string") return null;
  return checkPicture("image", value, limitBytes) === undefined ? value : null;
}
