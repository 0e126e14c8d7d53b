/** What all components share: the words, the host's routes and its way to navigate. Every part has a default. */
import { createContext, use, useMemo, type MouseEvent, type ReactNode } from "react";
import { english, mergeMessages, type Messages, type PartialMessages } from "./messages.ts";

export interface Paths {
  home: string;
  signIn: string;
  signUp: string;
  forgotPassword: string;
  resetPassword: string;
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
  /** Where dialogs are put; undefined is the end of the page's body. */
  portal: HTMLElement | undefined;
  dir: Direction | undefined;
}

type Direction = "ltr" | "rtl";

const defaultPaths: Paths = {
  home: "/",
  signIn: "/sign-in",
  signUp: "/sign-up",
  forgotPassword: "/forgot-password",
  resetPassword: "/reset-password",
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
  portal: undefined,
  dir: undefined,
});

export interface UiAuthProviderProps {
  /** Replaces words of the catalogue; what is left out stays English. */
  messages?: PartialMessages;
  /** Where the host has its pages. */
  paths?: Partial<Paths>;
  /** The host's router; without it links load pages. */
  navigate?: (path: string) => void;
  /**
   * Where dialogs are put, so that they have the variables, the `data-theme` and the `dir` of an element around the
   * components. Default: the end of the page's body, where only those of `:root` hold.
   */
  portal?: HTMLElement | null | undefined;
  /** Which way menus and dialogs run; default: what the page's root element says. */
  dir?: Direction | undefined;
  children: ReactNode;
}

export function UiAuthProvider(props: UiAuthProviderProps) {
  const { messages, paths, navigate, portal, dir, children } = props;
  const value = useMemo(
    () => ({
      messages: messages === undefined ? english : mergeMessages(messages),
      paths: { ...defaultPaths, ...paths },
      navigate: navigate ?? loadPage,
      portal: portal ?? undefined,
      dir,
    }),
    [messages, paths, navigate, portal, dir],
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
  if (url?.origin !== window.location.origin) return fallback;
  // `/.//evil.com` is of this origin, and its path `//evil.com` read as an address is another's.
  return url.pathname.startsWith("//") ? fallback : url.pathname + url.search + url.hash;
}

/** `path` with the destination of this address carried along. */
export function keepDestination(path: string, search: string): string {
  const wanted = new URLSearchParams(search).get("callbackURL");
  return wanted === null ? path : `${path}?${new URLSearchParams({ callbackURL: wanted })}`;
}
