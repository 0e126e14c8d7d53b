/**
 * An OpenID Connect provider on loopback, certified code and not ours, that keeps what it was asked. Everybody who types a
 * name at it is that person.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { exportJWK, generateKeyPair } from "jose";
import OpenIdProvider, { type Configuration } from "oidc-provider";
import { freePort } from "../free-port.ts";

export interface Identity {
  email: string;
  email_verified: boolean;
  name: string;
}

/** A request that reached the provider's authorization or token endpoint. */
export interface Asked {
  route: string;
  parameters: Record<string, unknown>;
  /** The token endpoint's answer. */
  answer: Record<string, unknown>;
}

export interface OpenIdConnectServer {
  issuer: string;
  clientId: string;
  clientSecret: string;
  asked: Asked[];
  /** Who signs in with `login`. */
  people: Map<string, Identity>;
  stop: () => Promise<void>;
}

const page = `<!doctype html><html lang="en"><title>Acme</title><h1>Acme Staff</h1><form method="post">
<label>Login <input name="login"></label>
<button name="allow" value="yes">Allow</button> <button name="allow" value="no">Refuse</button></form></html>`;

/** @param callbackUrl where its only client may be sent back to. */
export async function startOpenIdConnectServer(callbackUrl: string): Promise<OpenIdConnectServer> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const clientId = "console";
  // Characters that HTTP Basic has to encode.
  const clientSecret = "a secret/with:odd+characters%";
  const people = new Map<string, Identity>();
  const asked: Asked[] = [];

  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const configuration: Configuration = {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [callbackUrl],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    pkce: { required: () => true },
    scopes: ["openid", "profile", "email"],
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
    // The address in the ID token itself, as most providers do it.
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: "sig", alg: "RS256" }] },
    cookies: { keys: ["only-for-tests"] },
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, ...people.get(accountId) }),
    }),
    // Nobody is asked whether the console may know them.
    async loadExistingGrant({ oidc }) {
      const { client, session } = oidc;
      const grant = new oidc.provider.Grant({
        clientId: client?.clientId ?? "",
        accountId: session?.accountId ?? "",
      });
      grant.addOIDCScope("openid profile email");
      await grant.save();
      return grant;
    },
  };
  const provider = new OpenIdProvider(issuer, configuration);
  provider.use(async (context, next) => {
    await next();
    const { oidc, body } = context;
    if (oidc?.route === "authorization" || oidc?.route === "token") {
      const answer = oidc.route === "token" ? { ...(body as Record<string, unknown>) } : {};
      asked.push({ route: oidc.route, parameters: { ...oidc.params }, answer });
    }
  });

  const answer = provider.callback();
  const finish = async (request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString();
    const form = new URLSearchParams(text);
    const login = { accountId: form.get("login") ?? "", remember: false };
    const refused = { error: "access_denied", error_description: "refused" };
    const result = form.get("allow") === "yes" ? { login } : refused;
    await provider.interactionFinished(request, response, result);
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", issuer);
    // It asks every time: nobody is remembered who begins.
    if (pathname === "/auth") delete request.headers.cookie;
    if (!pathname.startsWith("/interaction/")) void answer(request, response);
    else if (request.method === "POST") void finish(request, response);
    else response.setHeader("Content-Type", "text/html").end(page);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    issuer,
    clientId,
    clientSecret,
    asked,
    people,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
