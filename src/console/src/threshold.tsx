/** The frame of the pages that need no session, and those of these pages that belong to the console itself. */
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

/** The sign-in and sign-up pages. A user who is signed in, perhaps in another tab, goes on to their destination. */
export function GuestsOnly() {
  const { status, stale } = useNnoSession();
  const { search } = useLocation();
  if (status !== "signed-in" || stale) return <Outlet />;
  return <Navigate to={readDestination(search, "/")} replace />;
}

/** Why a sign-in or a connection with a provider failed, by the code that the Worker puts into the address. */
const reasons: Record<string, string> = {
  access_denied: "You cancelled at the provider. Try again, or sign in another way.",
  account_not_linked:
    "Your email already has an account here. Sign in the way you did before, then connect the provider in your profile.",
  email_not_verified:
    "Your provider has not confirmed your email. We sent a link to it: open the link, then sign in again on the page that opens.",
  email_not_found: "The provider did not share your email. Allow it to, or sign in another way.",
  INVALID_EMAIL: "The email of your account at the provider is not valid. Correct it there first.",
  INVALID_NAME:
    "The name of your account at the provider is missing or too long. Change it there first.",
  email_does_not_match:
    "The account at the provider has a different email from yours here. Choose the account with the same email.",
  account_already_linked_to_different_user:
    "That account at the provider is already connected to another user here.",
  unable_to_link_account:
    "The provider has not confirmed the email of that account. Confirm it there first.",
  BANNED_USER: "This account is banned. Contact an administrator of the platform.",
};

/** The page after a failed sign-in with a provider or, with a session, a failed connection of an account. */
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
          "The answer of the provider has expired or was already used. Try again."}
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
      <h1 className="nno-title">Page not found</h1>
      <p className="nno-text">The address may have a typo, or the page has moved.</p>
      <Link to="/" className="nno-button nno-button-primary nno-button-wide">
        Home
      </Link>
    </div>
  );
}
