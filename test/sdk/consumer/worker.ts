/** Another Worker of the platform as an outsider writes one. */
import { Hono } from "hono";
import { requireSession, verifyToken, type SessionVariables } from "@neutrino-io/sdk/server";

export const app = new Hono<{ Variables: SessionVariables }>();

app.get("/invoices", requireSession({ permission: "billing:view" }), (context) => {
  const { sub, tenant, tenantRole } = context.var.session;
  return context.json({ sub: sub.toUpperCase(), tenant, tenantRole });
});
// Typed by the middleware too, without saying so above.
export const untyped = new Hono().get("/", requireSession({ tenantRole: "owner" }), (context) =>
  context.text(context.var.session.sub),
);
// @ts-expect-error no such permission
requireSession({ permission: "billing:fly" });
// @ts-expect-error whom the token is for must be said
void verifyToken("", { authUrl: "https://auth.example.com" });
void verifyToken("", { authUrl: "https://auth.example.com", audience: "billing" });
