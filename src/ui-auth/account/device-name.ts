/** The browser and the system of a session, in words. */
import type { Messages } from "../words/messages.ts";

// The first that matches: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
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

/** For people to recognize their devices by, nothing else. */
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
