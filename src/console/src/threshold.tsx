/** The pages before anybody is signed in: a quiet frame with the platform's mark. */
import { useNnoSession } from "@neutrino-io/sdk";
import { readDestination } from "@neutrino-io/ui-auth";
import { Link, Navigate, Outlet, useLocation, useSearchParams } from "react-router";

export function Mark() {
  return (
    <Link to="/" className="mark">
      <img src="/icon.svg" alt="" width="28" height="28" />
      <span>Console</span>
    </Link>
  );
}

export function Threshold() {
  return (
    <div className="threshold">
      <header>
        <Mark />
      </header>
      <main>
        <Outlet />
      </main>
    </div>
  );
}

/** Signing in and up: whoever is signed in, by another tab too, goes on to where they were going. */
export function GuestsOnly() {
  const { status, stale } = useNnoSession();
  const { search } = useLocation();
  if (status !== "signed-in" || stale) return <Outlet />;
  return <Navigate to={readDestination(search, "/")} replace />;
}

/** Why a provider's answer did not sign in or connect, by the code that the Worker sends the browser here with. */
const reasons: Record<string, string> = {
  access_denied: "You did not allow it at the provider. Try again, or choose another way.",
  account_not_linked:
    "Your address has an account here already. Sign in to it as you used to, then connect the provider in your profile.",
  email_not_verified:
    "Your provider does not vouch for your address. We have sent a link to it: open the link, then sign in again where it opens.",
  email_not_found: "The provider did not tell your address. Allow it to, or choose another way.",
  email_does_not_match:
    "The account at the provider has another address than yours here. Choose the one that has the same.",
  account_already_linked_to_different_user:
    "That account at the provider belongs to somebody else here already.",
  unable_to_link_account:
    "The provider does not vouch for the address of that account. Confirm it there first.",
  BANNED_USER: "This account is banned. Ask an administrator of the platform.",
};

/** Where a way by a provider ends that did not work: a sign-in, or connecting an account when somebody is signed in. */
export function AuthError() {
  const [search] = useSearchParams();
  const { status, session } = useNnoSession();
  if (status === "loading") return <p role="status">Loading</p>;
  const signedIn = session !== null;
  return (
    <div className="nno-ui nno-card">
      <h1 className="nno-title">{signedIn ? "The account was not connected" : "Sign-in failed"}</h1>
      <p className="nno-text">
        {reasons[search.get("error") ?? ""] ??
          "The provider's answer could not be used: it has expired, or was used before. Try again."}
      </p>
      <Link
        to={signedIn ? "/profile" : "/sign-in"}
        className="nno-button nno-button-primary nno-button-wide"
      >
        {signedIn ? "Back to your profile" : "Back to sign in"}
      </Link>
    </div>
  );
}

export function NotFound() {
  return (
    <div className="nno-ui nno-card">
      <h1 className="nno-title">There is nothing here</h1>
      <p className="nno-text">The address has a typing error, or the page has moved.</p>
      <Link to="/" className="nno-button nno-button-primary nno-button-wide">
        Home
      </Link>
    </div>
  );
}
