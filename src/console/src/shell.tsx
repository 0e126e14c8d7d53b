/** The frame of every page that needs a session. Without a session it redirects to the sign-in page. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { TenantSwitcher } from "@neutrino-io/ui-auth";
import { Suspense, useEffect, useRef, useState } from "react";
import { Navigate, NavLink, Outlet, useLocation, useMatch, useNavigate } from "react-router";
import { ErrorBoundary } from "./error-boundary.tsx";
import { OutageBar, OutagePage } from "./outage.tsx";
import { Mark } from "./threshold.tsx";
import { applyTheme, readTheme, type Theme } from "./theme.ts";

export function Shell() {
  const { status, session, user, error } = useNnoSession();
  const { pathname, search } = useLocation();
  if (status === "loading")
    return (
      <p className="waiting" role="status">
        Loading
      </p>
    );
  if (error !== null && session === null) return <OutagePage code={error.code} />;
  if (session === null) {
    const callbackURL = pathname + search;
    const to =
      callbackURL === "/" ? "/sign-in" : `/sign-in?${new URLSearchParams({ callbackURL })}`;
    return <Navigate to={to} replace />;
  }
  return (
    <>
      <a href="#main" className="skip">
        Skip to content
      </a>
      <OutageBar />
      <header className="bar">
        <Mark />
        <nav aria-label="Pages">
          <PageLink to="/" end>
            Home
          </PageLink>
          <PageLink to="/tenant">Members</PageLink>
          <PageLink to="/profile">Profile</PageLink>
          {user.role === "platform-admin" && (
            <>
              <PageLink to="/admin/users">Users</PageLink>
              <PageLink to="/admin/tenants">Tenants</PageLink>
              <PageLink to="/admin/audit">Audit log</PageLink>
            </>
          )}
        </nav>
        <div className="bar-end">
          <TenantSwitcher />
          <SignOut />
        </div>
      </header>
      <main id="main" className="content" tabIndex={-1}>
        <ErrorBoundary key={pathname} element="div">
          <Suspense
            fallback={
              <p className="waiting" role="status">
                Loading
              </p>
            }
          >
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </main>
      <footer className="foot">
        <ThemeChoice />
      </footer>
    </>
  );
}

/** On a phone the row of links is wider than the screen, so the link of the current page is scrolled into view. */
function PageLink({ to, end = false, children }: { to: string; end?: boolean; children: string }) {
  const link = useRef<HTMLAnchorElement>(null);
  const isShown = useMatch({ path: to, end }) !== null;
  useEffect(() => {
    if (isShown) link.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [isShown]);
  return (
    <NavLink ref={link} to={to} end={end}>
      {children}
    </NavLink>
  );
}

function SignOut() {
  const client = useNnoAuthClient();
  const navigate = useNavigate();
  const [failed, setFailed] = useState(false);
  const signOut = async () => {
    const answer = await client.signOut().catch(() => ({ error: true }));
    setFailed(Boolean(answer.error));
    // Without the path of this page: the next user should not start where this one stopped.
    if (!answer.error) await navigate("/sign-in", { replace: true });
  };
  return (
    <>
      <button type="button" className="nno-button nno-button-plain" onClick={() => void signOut()}>
        Sign out
      </button>
      <span role="alert">{failed ? "Could not sign out. Try again." : ""}</span>
    </>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useState(readTheme);
  return (
    <select
      className="nno-select"
      aria-label="Theme"
      value={theme}
      onChange={(event) => {
        const chosen = event.currentTarget.value as Theme;
        applyTheme(chosen);
        setTheme(chosen);
      }}
    >
      <option value="system">System</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}
