/** The status of platforms as text. */
import type { FleetState } from "../provisioning/upgrade-fleet.ts";
import type { PlatformStatus, PlatformSummary } from "../provisioning/status.ts";

const time = (at: number | null | undefined) =>
  at === undefined || at === null ? "never" : new Date(at).toISOString();

export function describeList(platforms: readonly PlatformSummary[]): string {
  if (platforms.length === 0) {
    return "There is no platform yet. Create one with: nno-auth provision <platformId>";
  }
  return platforms
    .map(({ platformId, release, modifiedOn }) =>
      [platformId, release ?? "no release", modifiedOn ?? ""].join("  "),
    )
    .join("\n");
}

/** What an upgrade to the release would do. */
export function describeFleet({ current, unproven, due }: FleetState, release: string): string {
  if (unproven.length + due.length === 0) {
    return current.length === 0 ? describeList([]) : `Every platform runs ${release} and answers.`;
  }
  const first =
    unproven.length === 0
      ? ""
      : `Already at ${release}, to be verified:\n${describeList(unproven)}`;
  const then = due.length === 0 ? "" : `Not at ${release}:\n${describeList(due)}`;
  return `${first}\n${then}`.trim();
}

export function describeStatus(status: PlatformStatus): string {
  const { database, hostname, lastJob, now } = status;
  const job =
    lastJob === undefined
      ? "none"
      : `${lastJob.command} ${lastJob.outcome ?? "running"}, ${time(lastJob.endedAt ?? lastJob.startedAt)}`;
  const lines: [string, string][] = [
    ["Platform", status.platformId],
    ["State", states[status.state]],
    ["Auth", status.authUrl],
    ["Worker", status.worker],
    ["Placement", status.placement ?? "near its users, not beside its database"],
    ["Release", status.release ?? "none"],
    [
      "Database",
      [database.name, database.state, database.id ?? "", holds(status)].join(" ").trim(),
    ],
    ["Data", describePlace(status)],
    ["Schema", status.migrations.at(-1) ?? "none"],
    ["Hostname", hostname.worker === undefined ? "not attached" : `attached to ${hostname.worker}`],
    ["Certificate", describeCertificate(status)],
    ["Admin", status.hasAdmin ? "yes" : "none yet"],
    ["Last job", job],
    ["Verified", time(status.verifiedAt)],
    ["Now", now.ok ? now.checks.join(", ") : now.problem],
  ];
  return lines.map(([name, value]) => `  ${name.padEnd(12)} ${value}`).join("\n");
}

const states: Record<PlatformStatus["state"], string> = {
  deployed: "deployed",
  unfinished: "unfinished: a job was interrupted or is still running; run it again to resume it",
  removed: "removed; the tombstone keeps its id taken",
  foreign: "not a platform: the database of its name was not made by this job",
};

function describePlace({ database: { place, jurisdiction } }: PlatformStatus): string {
  const where = [place?.region, place?.colo].filter((part) => part !== undefined).join(", ");
  const law = jurisdiction === undefined ? "no jurisdiction" : `jurisdiction ${jurisdiction}`;
  return `${where === "" ? "unknown place" : where}; ${law}`;
}

const holds = ({ database }: PlatformStatus) =>
  database.holds === "tombstone" ? "(the tombstone of a removed platform)" : "";

function describeCertificate({ authUrl, hostname, now }: PlatformStatus): string {
  if (authUrl.startsWith("http:")) return "none needed on this machine";
  if (now.ok) return "valid";
  return hostname.worker === undefined ? "none" : "unproven: see Now";
}
