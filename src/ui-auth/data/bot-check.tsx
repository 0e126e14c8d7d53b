/** The widget of the check against bots, where the platform's owner has turned one on. Its script is loaded only then. */
import { useCallback, useEffect, useRef } from "react";
import { useSignInOptions } from "./sign-in-options.ts";

interface Turnstile {
  render(
    element: HTMLElement,
    options: { sitekey: string; callback: (token: string) => void; "expired-callback": () => void },
  ): string;
  reset(widget: string): void;
  remove(widget: string): void;
}

declare global {
  interface Window {
    turnstile?: Turnstile;
  }
}

const header = "x-captcha-response";

/** @returns the widget, and the options of a request with its token. A token works once, so the widget starts anew. */
export function useBotCheck() {
  const { botCheck } = useSignInOptions();
  const place = useRef<HTMLDivElement>(null);
  const token = useRef("");
  const widget = useRef<string>(undefined);
  const siteKey = botCheck?.siteKey;
  const scriptUrl = botCheck?.scriptUrl;

  useEffect(() => {
    const element = place.current;
    if (element === null || siteKey === undefined || scriptUrl === undefined) return undefined;
    let isGone = false;
    const show = () => {
      if (isGone || window.turnstile === undefined) return;
      widget.current = window.turnstile.render(element, {
        sitekey: siteKey,
        callback: (given) => {
          token.current = given;
        },
        "expired-callback": () => {
          token.current = "";
        },
      });
    };
    const script = loadScript(scriptUrl);
    if (window.turnstile === undefined) script.addEventListener("load", show);
    else show();
    return () => {
      isGone = true;
      script.removeEventListener("load", show);
      if (widget.current !== undefined) window.turnstile?.remove(widget.current);
      widget.current = undefined;
      token.current = "";
    };
  }, [siteKey, scriptUrl]);

  const takeOptions = useCallback((): { headers?: Record<string, string> } => {
    if (token.current === "") return {};
    const headers = { [header]: token.current };
    token.current = "";
    if (widget.current !== undefined) window.turnstile?.reset(widget.current);
    return { headers };
  }, []);

  return {
    takeOptions,
    element: botCheck === undefined ? null : <div ref={place} className="nno-bot-check" />,
  };
}

function loadScript(url: string): HTMLScriptElement {
  const present = [...document.scripts].find(({ src }) => src === url);
  if (present !== undefined) return present;
  const script = document.createElement("script");
  script.src = url;
  script.async = true;
  document.head.append(script);
  return script;
}
