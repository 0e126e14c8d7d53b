/** The check against bots in the forms of strangers. */
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ForgotPassword, SignUp } from "../../../src/ui-auth/index.ts";
import { openTab, password } from "../../sdk/page.ts";
import { goTo, show, usePage } from "../page.tsx";

usePage();

const scriptUrl = "https://challenges.example/api.js";
let options: object;
/** The token of each request that was sent to a route with the check. */
let tokens: (string | null)[];
let pass: (token: string) => void;
let resets: number;

beforeEach(() => {
  tokens = [];
  resets = 0;
  const send = globalThis.fetch;
  vi.stubGlobal("fetch", async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/platform/sign-in-options")) return Response.json(options);
    if (/\/(sign-up\/email|request-password-reset)$/.test(pathname)) {
      tokens.push(request.headers.get("x-captcha-response"));
      return Response.json({ status: true });
    }
    return send(input, init);
  });
  Object.assign(window, {
    turnstile: {
      render: (_element: HTMLElement, given: { callback: (token: string) => void }) => {
        pass = given.callback;
        return "a-widget";
      },
      reset: () => {
        resets += 1;
      },
      remove: () => {},
    },
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  delete window.turnstile;
  for (const script of document.scripts) if (script.src === scriptUrl) script.remove();
});

const isScriptLoaded = () => [...document.scripts].some(({ src }) => src === scriptUrl);
const fill = (label: string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

it.each([
  ["a sign-up", <SignUp key="sign-up" />],
  ["a reset", <ForgotPassword key="forgot" />],
])("%s sends the widget's token once, and asks for another one", async (_name, form) => {
  options = {
    providers: [],
    providerNames: {},
    minPasswordLength: 15,
    minPasswordLengthWithTwoFactor: 8,
    botCheck: { provider: "turnstile", siteKey: "a-key", scriptUrl },
  };
  goTo("/sign-up");
  const { container } = show(openTab(), form);
  await waitFor(() => expect(isScriptLoaded()).toBe(true));
  pass("a-token");
  fill("Email", "ada@example.com");
  if (screen.queryByLabelText("Name") !== null) {
    fill("Name", "Ada");
    fill("Password", password);
  }
  fireEvent.submit(container.querySelector("form") as HTMLFormElement);
  await waitFor(() => expect(tokens).toEqual(["a-token"]));
  expect(resets).toBe(1);
});

it("is not loaded while the owner has it off", async () => {
  options = {
    providers: [],
    providerNames: {},
    minPasswordLength: 15,
    minPasswordLengthWithTwoFactor: 8,
  };
  const { container } = show(openTab(), <ForgotPassword />);
  fill("Email", "ada@example.com");
  fireEvent.submit(container.querySelector("form") as HTMLFormElement);
  await waitFor(() => expect(tokens).toEqual([null]));
  expect(isScriptLoaded()).toBe(false);
  expect(container.querySelector(".nno-bot-check")).toBeNull();
});
