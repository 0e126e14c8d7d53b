/** Hono and a constant; and one scrypt hash, the unit in which sign-ins are measured. */
import { scryptSync } from "node:crypto";
import { Hono } from "hono";

const app = new Hono();
app.get("/api/auth/get-session", (context) => context.json(null));
app.get("/api/auth/session", (context) => context.json({ session: null }));
app.get("/hash", (context) => {
  const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };
  return context.json(scryptSync("a password", "a salt of 16 by.", 32, cost).length);
});
export default app;
