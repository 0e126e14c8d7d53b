/** The console's routes. Pages that need a session are inside `Shell`. */
import {
  AcceptInvitation,
  ClaimPlatform,
  ForgotPassword,
  ImpersonationBanner,
  Members,
  Profile,
  ResetPassword,
  SignIn,
  SignUp,
  TenantAuditLog,
  TenantRoles,
  TwoFactorChallenge,
  UiAuthProvider,
  VerifyEmail,
} from "@neutrino-io/ui-auth";
import { lazy, useEffect } from "react";
import { Route, Routes, useLocation, useNavigate } from "react-router";
import { AuthError, GuestsOnly, NotFound, Threshold } from "./threshold.tsx";
import { Shell } from "./shell.tsx";
import { Home } from "./home.tsx";

// Loaded on demand, because few users open these pages.
const administration = () => import("./administration.tsx");
const UsersPage = lazy(async () => ({ default: (await administration()).UsersPage }));
const TenantsPage = lazy(async () => ({ default: (await administration()).TenantsPage }));
const AuditPage = lazy(async () => ({ default: (await administration()).AuditPage }));

const titles: Record<string, string> = {
  "/": "Home",
  "/sign-in": "Sign in",
  "/sign-up": "Create account",
  "/verify-email": "Confirm your email",
  "/forgot-password": "Reset your password",
  "/reset-password": "Choose a new password",
  "/two-factor": "Two-factor authentication",
  "/accept-invitation": "Invitation",
  "/claim": "Claim this platform",
  "/auth-error": "Sign-in failed",
  "/profile": "Profile",
  "/tenant": "Members",
  "/tenant/roles": "Roles",
  "/tenant/audit": "Audit log",
  "/admin/users": "Users",
  "/admin/tenants": "Tenants",
  "/admin/audit": "Audit log",
};

/** True if the browser is already at `path`. Going there again should add no second entry to its history. */
function isHere(path: string): boolean {
  const { pathname, search, hash } = window.location;
  return path === pathname + search + hash;
}

export function App() {
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  useEffect(() => {
    document.title = `${titles[pathname] ?? "Not found"} · Console`;
  }, [pathname]);

  return (
    <UiAuthProvider navigate={(path) => void navigate(path, { replace: isHere(path) })}>
      <ImpersonationBanner />
      <Routes>
        <Route element={<Threshold key={pathname + search} />}>
          <Route element={<GuestsOnly />}>
            <Route path="/sign-in" element={<SignIn />} />
            <Route path="/sign-up" element={<SignUp />} />
          </Route>
          <Route path="/verify-email" element={<VerifyEmail />} />
          <Route path="/forgot-password" element={<ForgotPassword />} />
          <Route path="/reset-password" element={<ResetPassword />} />
          <Route path="/two-factor" element={<TwoFactorChallenge />} />
          <Route path="/accept-invitation" element={<AcceptInvitation />} />
          <Route path="/claim" element={<ClaimPlatform />} />
          <Route path="/auth-error" element={<AuthError />} />
          <Route path="*" element={<NotFound />} />
        </Route>
        <Route element={<Shell />}>
          <Route path="/" element={<Home />} />
          <Route path="/profile" element={<Profile />} />
          <Route path="/tenant" element={<Members />} />
          <Route path="/tenant/roles" element={<TenantRoles />} />
          <Route path="/tenant/audit" element={<TenantAuditLog />} />
          <Route path="/admin/users" element={<UsersPage />} />
          <Route path="/admin/tenants" element={<TenantsPage />} />
          <Route path="/admin/audit" element={<AuditPage />} />
        </Route>
      </Routes>
    </UiAuthProvider>
  );
}
