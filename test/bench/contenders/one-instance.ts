/** One instance for each isolate. */
import { Hono } from "hono";
import { createStockAuth } from "./better-auth.ts";

const auth = createStockAuth();
const app = new Hono();
app.all("/api/auth/*", (context) => auth.handler(context.req.raw));
export default app;
