/** Whether a path belongs to the API: below its base path, or the base path itself. */
export function isUnder(basePath: string, path: string): boolean {
  return path === basePath || path.startsWith(`${basePath}/`);
}
