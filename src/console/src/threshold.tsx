/** The pages before anybody is signed in: a quiet frame with the platform's mark. */
import { Link, Outlet, useSearchParams } from "react-router";

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

/** Where a sign-in with a provider ends that did not work. */
export function AuthError() {
  const [search] = useSearchParams();
  const denied = search.get("error") === "access_denied";
  return (
    <div className="nno-ui nno-card">
      <h1 className="nno-title">Sign-in failed</h1>
      <p className="nno-text">
        {denied
          ? "You did not allow the provider to sign you in. Try again, or sign in with your password."
          : "The provider's answer could not be used: it has expired, or the address has an account already that signs in another way. Sign in again."}
      </p>
      <Link to="/sign-in" className="nno-button nno-button-primary nno-button-wide">
        Back to sign in
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
