/** The password that a request has shown. */
import { requestState } from "../../request-scope.ts";

/** A password that was right. */
export interface VerifiedPassword {
  /** The hash that it was verified against. */
  hash: string;
  /** Present when the hash is not one that is made today: a sign-in replaces it. */
  outdated?: {
    /** Whether the password is right for another hash, too. */
    isRightFor: (hash: string) => Promise<boolean>;
  };
}

/** The password that this request verified; its writes require that hash to still be current. */
export const verifiedPassword = requestState<VerifiedPassword>();
