/** Identifies the network that a request comes from, based on the client address that Cloudflare reports. */

/**
 * An IPv4 address, or the /64 of an IPv6 subscriber. Without the header it is undefined, and no network limit applies:
 * otherwise all requests would share one bucket.
 */
export function networkOf(headers: Headers | undefined): string | undefined {
  return groupsOf(headers, 4);
}

/**
 * The /48 around an IPv6 network; undefined for IPv4. A single site may be assigned a /48 (RFC 6177), which gives it 65,536
 * networks to guess from.
 */
export function siteOf(headers: Headers | undefined): string | undefined {
  const site = groupsOf(headers, 3);
  return site?.includes(":") === true ? site : undefined;
}

/**
 * The group of addresses that shares one portion of an account's tries or mails, so that no single place can use them all.
 * A group is an IPv4 address, an IPv6 /48, or all requests without an address.
 */
export function ipGroupOf(headers: Headers | undefined): string {
  return siteOf(headers) ?? networkOf(headers) ?? "no address";
}

function groupsOf(headers: Headers | undefined, count: number): string | undefined {
  const address = headers?.get("cf-connecting-ip")?.trim().toLowerCase();
  if (address === undefined || address === "") return undefined;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return address.includes(":") ? firstGroups(address, count) : address;
}

/** The first `count` of the eight groups of an IPv6 address (RFC 4291 section 2.2). */
function firstGroups(address: string, count: number): string {
  const [left = "", right] = address.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: zeros }, () => "0"), ...tail];
  return groups
    .slice(0, count)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
