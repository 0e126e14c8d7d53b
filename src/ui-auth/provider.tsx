/** What all components share: the words, the host's routes and its way to navigate. Every part has a default. */
import { createContext, use, useMemo, type MouseEvent, type ReactNode } from "react";
import { english, mergeMessages, type Messages, type PartialMessages } from "./messages.ts";

export interface Paths {
  home: string;
  signIn: string;
  signUp: string;
  forgotPassword: string;
  twoFactor: string;
  acceptInvitation: string;
  profile: string;
  tenantRoles: string;
  tenantAuditLog: string;
}

interface UiAuth {
  messages: Messages;
  paths: Paths;
  navigate: (path: string) => void;
}

const defaultPaths: Paths = {
  home: "/",
  signIn: "/sign-in",
  signUp: "/sign-up",
  forgotPassword: "/forgot-password",
  twoFactor: "/two-factor",
  acceptInvitation: "/accept-invitation",
  profile: "/profile",
  tenantRoles: "/tenant/roles",
  tenantAuditLog: "/tenant/audit",
};

const loadPage = (path: string) => window.location.assign(path);

const UiAuthContext = createContext<UiAuth>({
  messages: english,
  paths: defaultPaths,
  navigate: loadPage,
});

export interface UiAuthProviderProps {
  /** Replaces words of the catalogue; what is left out stays English. */
  messages?: PartialMessages;
  /** Where the host has its pages. */
  paths?: Partial<Paths>;
  /** The host's router; without it links load pages. */
  navigate?: (path: string) => void;
  children: ReactNode;
}

export function UiAuthProvider({ messages, paths, navigate, children }: UiAuthProviderProps) {
  const value = useMemo(
    () => ({
      messages: messages === undefined ? english : mergeMessages(messages),
      paths: { ...defaultPaths, ...paths },
      navigate: navigate ?? loadPage,
    }),
    [messages, paths, navigate],
  );
  return <UiAuthContext value={value}>{children}</UiAuthContext>;
}

export const useUiAuth = () => use(UiAuthContext);

interface LinkProps {
  to: string;
  className?: string;
  children: ReactNode;
}

/** A real link, so that it opens in a new tab as links do; a plain click stays in the host's router. */
export function Link({ to, className = "nno-link", children }: LinkProps) {
  const { navigate } = useUiAuth();
  const follow = (event: MouseEvent) => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!plain || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} className={className} onClick={follow}>
      {children}
    </a>
  );
}

/**
 * Where to go after signing in: `callbackURL` of the address, if it is a page of this origin. Any other value would make
 * the sign-in page an open redirect (CWE-601).
 */
export function readDestination(search: string, fallback: string): string {
  const wanted = new URLSearchParams(search).get("callbackURL");
  if (wanted === null) return fallback;
  const url = URL.parse(wanted, window.location.origin);
  return url?.origin === window.location.origin ? url.pathname + url.search + url.hash : fallback;
}

/** `path` with the destination of this address carried along. */
export function keepDestination(path: string, search: string): string {
  const wanted = new URLSearchParams(search).get("callbackURL");
  return wanted === null ? path : `${path}?${new URLSearchParams({ callbackURL: wanted })}`;
}
