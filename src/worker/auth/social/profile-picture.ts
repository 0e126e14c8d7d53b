/**
 * The picture that comes with a user who no request of the template's describes: a provider's profile, or an owner's plugin.
 * One that is no picture is left out (`input/pictures.ts` says which are); a request's own is refused before.
 */
import type { BetterAuthOptions } from "better-auth";
import { pictureOrNull } from "../../input/pictures.ts";

type Hooks = NonNullable<NonNullable<BetterAuthOptions["databaseHooks"]>["user"]>;

export function pictureHooks(limitBytes: number): Hooks {
  const withPicture = async ({ image }: { image?: string | null | undefined }) => {
    if (image == null) return undefined;
    return { data: { image: pictureOrNull(image, limitBytes) } };
  };
  return { create: { before: withPicture }, update: { before: withPicture } };
}
