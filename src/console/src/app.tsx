/** The console's routes. Pages that need somebody signed in are inside `Shell`. */
import {
  ClaimPlatform,
  ForgotPassword,
  ResetPassword,
  SignIn,
  SignUp,
  TwoFactorChallenge,
  UiAuthProvider,
  VerifyEmail,
} from "@neutrino-io/ui-auth";
import { useEffect } from "react";
import { Route, Routes, useLocation, useNavigate } from "react-router";
import { AuthError, NotFound, Threshold } from "./threshold.tsx";
import { Shell } from "./shell.tsx";
import { Home, ProfilePage } from "./pages.tsx";

const titles: Record<string, string> = {
  "/": "Home",
  "/sign-in": "Sign in",
  "/sign-up": "Create account",
  "/verify-email": "Confirm your address",
  "/forgot-password": "Reset your password",
  "/reset-password": "Choose a new password",
  "/two-factor": "Two-factor authentication",
  "/accept-invitation": "Invitation",
  "/claim": "Claim this platform",
  "/auth-error": "Sign-in failed",
  "/profile": "Profile",
  "/tenant": "Members",
  "/admin/users": "Users",
  "/admin/tenants": "Tenants",
  "/admin/audit": "Audit log",
};

export function App() {
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  useEffect(() => {
    document.title = `${titles[pathname] ?? "Not found"} · Console`;
  }, [pathname]);

  return (
    <UiAuthProvider navigate={(path) => void navigate(path)}>
      <Routes>
        <Route element={<Threshold key={pathname + search} />}>
          <Route path="/sign-in" element={<SignIn />} />
          <Route path="/sign-up" element={<SignUp />} />
          <Route path="/verify-email" element={<VerifyEmail />} />
          <Route path="/forgot-password" element={<ForgotPassword />} />
          <Route path="/reset-password" element={<ResetPassword />} />
          <Route path="/two-factor" element={<TwoFactorChallenge />} />
          <Route path="/claim" element={<ClaimPlatform />} />
          <Route path="/auth-error" element={<AuthError />} />
          <Route path="*" element={<NotFound />} />
        </Route>
        <Route element={<Shell />}>
          <Route path="/" element={<Home />} />
          <Route path="/profile" element={<ProfilePage />} />
        </Route>
      </Routes>
    </UiAuthProvider>
  );
}
