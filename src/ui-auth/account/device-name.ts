/** Names the browser and the operating system of a session. */
import type { Messages } from "../words/messages.ts";

// The first match counts: Edge and Opera also name Chrome in their user agent, and Chrome names Safari.
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bChrome\/|\bCriOS\/|HeadlessChrome/, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux|X11/, "Linux"],
];

/** A name by which users recognize their devices. Nothing may rely on it. */
export function describeDevice(
  userAgent: string | null | undefined,
  words: Messages["profile"],
): string {
  const agent = userAgent ?? "";
  const [, browser] = browsers.find(([pattern]) => pattern.test(agent)) ?? [];
  const [, system] = systems.find(([pattern]) => pattern.test(agent)) ?? [];
  if (browser !== undefined && system !== undefined) return words.browserOn(browser, system);
  return browser ?? system ?? words.unknownDevice;
}
