/** The addresses at which a provider may be asked. */
import { isLocalHost } from "../../../platform.ts";

/** True for https. Credentials and codes pass there. Loopback addresses are for local development. */
export function isSecure(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === "https:" || (url?.protocol === "http:" && isLocalHost(url.hostname));
}
