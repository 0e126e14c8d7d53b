/** The page after signing in: the user, their roles, and what to do next. */
import { SignedIn, useNnoSession, usePermission, useTenant } from "@neutrino-io/sdk";
import { Link } from "react-router";
import { AccessToken } from "./access-token.tsx";

export function Home() {
  const { user, session } = useNnoSession();
  const { tenant } = useTenant();
  const mayViewBilling = usePermission("billing:view");
  const isAdmin = user.role === "platform-admin";
  return (
    <SignedIn>
      <div className="nno-ui nno-page">
        <h1 className="nno-title">Hello {user.name}</h1>
        {!user.twoFactorEnabled && (
          <section className="nno-section" aria-labelledby="second-factor">
            <div className="nno-section-head">
              <div>
                <h2 id="second-factor">Protect your account</h2>
                <p className="nno-text">
                  With a code from your authenticator app, your password alone lets nobody in.
                </p>
              </div>
              <Link to="/profile" className="nno-button nno-button-primary">
                Turn on two-factor authentication
              </Link>
            </div>
          </section>
        )}
        <div className="tiles">
          <section className="nno-section" aria-labelledby="you">
            <h2 id="you">You</h2>
            <dl className="facts">
              <dt>Email</dt>
              <dd>{user.email}</dd>
              <dt>Platform role</dt>
              <dd>{isAdmin ? "Platform admin" : "User"}</dd>
              <dt>Second factor</dt>
              <dd>{user.twoFactorEnabled ? "On" : "Off"}</dd>
              <dt>Billing</dt>
              <dd>{mayViewBilling ? "Can view" : "No access"}</dd>
            </dl>
          </section>
          <section className="nno-section" aria-labelledby="tenant">
            <h2 id="tenant">Active tenant</h2>
            {tenant === null ? (
              <p className="nno-text">None. Choose or create one above.</p>
            ) : (
              <dl className="facts">
                <dt>Name</dt>
                <dd>{tenant.name}</dd>
                <dt>Short name</dt>
                <dd>{tenant.slug}</dd>
                <dt>Your role</dt>
                <dd>{tenant.role}</dd>
              </dl>
            )}
            <p>
              <Link to="/tenant" className="nno-link">
                Members and invitations
              </Link>
            </p>
          </section>
        </div>
        {/* A token belongs to one session and tenant: another one starts without a token. */}
        <AccessToken key={JSON.stringify([session?.id, tenant])} />
      </div>
    </SignedIn>
  );
}
