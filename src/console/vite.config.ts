/** Serves the console on port 5173 and forwards `/api/auth` to the Worker of `npm run dev`, so that both share an origin. */
import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv } from "vite";

export default defineConfig(({ mode }) => {
  const { AUTH_PROXY_TARGET = "http://localhost:8787", CONSOLE_PORT = "5173" } = {
    ...loadEnv(mode, import.meta.dirname, ["AUTH_", "CONSOLE_"]),
    ...process.env,
  };
  const server = {
    port: Number(CONSOLE_PORT),
    strictPort: true,
    proxy: { "/api/auth": { target: AUTH_PROXY_TARGET } },
  };
  return {
    root: import.meta.dirname,
    plugins: [react()],
    server,
    preview: server,
  };
});
