/** The settings of the host that all components share: words, paths and navigation. Each has a default. */
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
  /** The element that dialogs are rendered into. Undefined means the end of the page's body. */
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
  /** Replaces words of the catalogue. The others stay English. */
  messages?: PartialMessages;
  /** The paths of the host's pages. */
  paths?: Partial<Paths>;
  /** The navigation of the host's router. Default: loads the page. */
  navigate?: (path: string) => void;
  /**
   * The element that dialogs are rendered into. They inherit its variables, `data-theme` and `dir`. Default: the end of
   * the page's body, where only those of `:root` apply.
   */
  portal?: HTMLElement | null | undefined;
  /** The text direction of menus and dialogs. Default: that of the page's root element. */
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
