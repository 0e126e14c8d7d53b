/** What all components share: the words, the host's routes and its way to navigate. Every part has a default. */
import { createContext, type ReactNode, use, useMemo } from "react";
import { english, mergeMessages, type Messages, type PartialMessages } from "../words/messages.ts";

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
