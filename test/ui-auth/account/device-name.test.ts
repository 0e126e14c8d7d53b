/** The console and the mail about a new sign-in call the same device by the same name. */
import { expect, it } from "vitest";
import { describeDevice } from "../../../src/ui-auth/account/device-name.ts";
import { english } from "../../../src/ui-auth/words/messages.ts";
import { describeDevice as describeInMail } from "../../../src/worker/auth/mail/device-name.ts";

const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";

it.each([
  ["Firefox on macOS", `${mac} Gecko/20100101 Firefox/145.0`],
  [
    "Safari on macOS",
    `${mac} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15`,
  ],
  ["Edge on Windows", `${windows} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`],
  ["Opera on Windows", `${windows} Chrome/142.0.0.0 Safari/537.36 OPR/120.0.0.0`],
  [
    "Chrome on Android",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
  ],
  [
    "Safari on iOS",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
  ],
  ["Linux", "something (X11; Linux x86_64)"],
])("is %s", (name, userAgent) => {
  expect(describeDevice(userAgent, english.profile)).toBe(name);
  expect(describeInMail(userAgent)).toBe(name);
});
