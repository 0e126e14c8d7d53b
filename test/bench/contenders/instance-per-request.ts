/** An instance for each request, as the README of better-auth-cloudflare has it. */
import { Hono } from "hono";
import { createStockAuth } from "./better-auth.ts";

const app = new Hono();
app.all("/api/auth/*", (context) => createStockAuth().handler(context.req.raw));
export default app;
