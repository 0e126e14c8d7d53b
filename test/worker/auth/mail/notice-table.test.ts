/** The table of notices has a decision for each event, and no line for anything else. */
import { expect, it } from "vitest";
import { auditEventNames } from "../../../../src/worker/auth/audit/event-names.ts";
import { noticesOf } from "../../../../src/worker/auth/mail/notice-table.ts";
import { mailTo, openApp, password, signUp } from "../../browser.ts";

const opened = openApp();

it("decides for each event of the audit log: a mail, or the reason why there is none", () => {
  expect(Object.keys(noticesOf).toSorted()).toEqual([...auditEventNames].toSorted());
  for (const decision of Object.values(noticesOf)) {
    if ("none" in decision) expect(decision.none).toMatch(/\w \w/);
    else expect(decision.length).toBeGreaterThan(0);
  }
});

it("names the place of a new sign-in where Cloudflare tells it", async () => {
  const ada = await signUp(opened, "Ada");
  const signIn = async (cf: IncomingRequestCfProperties, address: string) => {
    const request = new Request(
      "https://auth.svc.default.k3m9p2xw7q.nno.app/api/auth/sign-in/email",
      {
        method: "POST",
        headers: { "content-type": "application/json", "cf-connecting-ip": address },
        body: JSON.stringify({ email: ada.email, password }),
        cf,
      },
    );
    expect((await opened.app.fetch(request)).status).toBe(200);
    return mailTo(opened.mail, ada.email, "New sign-in");
  };
  const mail = await signIn(
    { country: "PT", city: "Lisbon" } as IncomingRequestCfProperties,
    "198.51.100.5",
  );
  expect(mail.text).toContain("Lisbon, Portugal (198.51.100.5)");
  expect(mail.text).toContain("an unknown browser or program");
  expect(mail.html).not.toContain("undefined");
});
