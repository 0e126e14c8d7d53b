/** The password that a request has verified. */
import { requestState } from "../../request-scope.ts";

/** A password that was found right. */
export interface VerifiedPassword {
  /** The hash against which it was verified. */
  hash: string;
  /** Present when the hash has another cost or format than new ones; a sign-in replaces it. */
  outdated?: {
    /** Tells whether the password is also right for another hash. */
    isRightFor: (hash: string) => Promise<boolean>;
  };
}

/** The password that this request verified; its writes require that hash to still be current. */
export const verifiedPassword = requestState<VerifiedPassword>();
