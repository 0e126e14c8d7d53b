/** A stock instance for each request: the pattern of better-auth-cloudflare, without its KV. */
import { Hono } from "hono";
import { createStockAuth } from "./better-auth.ts";

const app = new Hono();
app.all("/api/auth/*", (context) => createStockAuth().handler(context.req.raw));
export default app;
