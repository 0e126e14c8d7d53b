/**
 * Where a Worker runs best: beside its database. A request makes several trips to D1, one after the other, and D1's primary
 * is in one place; by default a Worker runs near its user. Every answer of D1 says where it came from, so finding out takes
 * no call of its own.
 *
 * Regions are those of cloud providers, since that is what Cloudflare's placement takes: it runs the Worker in the data center
 * with the lowest latency to them (https://developers.cloudflare.com/workers/configuration/placement/).
 */
import { z } from "zod";

/** The placement of a Worker, as an upload states it. */
export type Placement = { mode: "smart" } | { region: string } | Record<string, unknown>;

/** The place of a database's primary, as far as D1's answers have told it. */
export interface DatabasePlace {
  /** D1's region, such as `WEUR`. */
  region?: string | undefined;
  /** The data center that answered, by the code of its airport, such as `AMS`. */
  colo?: string | undefined;
}

/** A cloud region in the middle of each of D1's. */
const ofRegion: Record<string, string> = {
  WNAM: "aws:us-west-2",
  ENAM: "aws:us-east-1",
  WEUR: "gcp:europe-west4",
  EEUR: "gcp:europe-central2",
  OC: "aws:ap-southeast-2",
};

/** D1's region APAC reaches from Mumbai to Tokyo, 130 ms apart, so it has no middle. */
const ofColo: Record<string, string> = {
  NRT: "aws:ap-northeast-1",
  KIX: "aws:ap-northeast-1",
  ICN: "aws:ap-northeast-2",
  HKG: "aws:ap-east-1",
  TPE: "gcp:asia-east1",
  SIN: "aws:ap-southeast-1",
  KUL: "aws:ap-southeast-1",
  BOM: "aws:ap-south-1",
  DEL: "aws:ap-south-1",
  MAA: "aws:ap-south-1",
};

/** The placement beside a database. Where its place is not known, Cloudflare finds one by measuring (`smart`). */
export function placementBeside({ region, colo }: DatabasePlace = {}): Placement {
  const found = ofColo[colo ?? ""] ?? ofRegion[region?.toUpperCase() ?? ""];
  return found === undefined ? { mode: "smart" } : { region: found };
}

const settings = z.looseObject({
  mode: z.string().optional(),
  region: z.string().optional(),
  hostname: z.string().optional(),
  host: z.string().optional(),
  target: z.array(z.unknown()).optional(),
});

/** A Worker's placement as an upload repeats it, without what Cloudflare adds to it. Undefined if it has none. */
export function readPlacement(answer: unknown): Placement | undefined {
  const parsed = settings.safeParse(answer);
  if (!parsed.success) return undefined;
  const { mode, region, hostname, host, target } = parsed.data;
  const stated = Object.entries({ mode, region, hostname, host, target }).filter(
    ([, value]) => value !== undefined,
  );
  return stated.length === 0 ? undefined : Object.fromEntries(stated);
}

/** A placement in a word, such as `aws:us-east-1` or `smart`. */
export function describePlacement(placement: Placement): string {
  const { mode, region, hostname, host } = settings.parse(placement);
  return region ?? hostname ?? host ?? mode ?? "targeted";
}
