/**
 * The errors of the local Cloudflare, with the codes that Cloudflare itself uses. Each code is defined once, with the source
 * where it was seen. Clients branch on codes, so a wrong code is a bug of this server.
 */

export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  /** The further reasons behind a malformed request, as Cloudflare nests them. */
  readonly chain: { code: number; message: string }[];

  constructor(
    status: number,
    code: number,
    message: string,
    options: { chain?: { code: number; message: string }[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.chain = options.chain ?? [];
  }
}

export const authenticationError = (status: 401 | 403) =>
  new ApiError(status, 10000, "Authentication error");

export const malformedAuthorization = () =>
  new ApiError(400, 6003, "Invalid request headers", {
    chain: [{ code: 6111, message: "Invalid format for Authorization header" }],
  });

export const invalidAccessToken = () => new ApiError(403, 9109, "Invalid access token");

export const invalidApiToken = () => new ApiError(401, 1000, "Invalid API Token");

export const noRoute = (path: string) =>
  new ApiError(
    404,
    7003,
    `Could not route to ${path}, perhaps your object identifier is invalid?`,
    { chain: [{ code: 7000, message: "No route for that URI" }] },
  );

/** The endpoint cannot read the request: it is not JSON, or a field is missing or has the wrong type. */
export const unreadableRequest = (message: string, cause?: unknown) =>
  new ApiError(400, 10026, `Could not parse request body: ${message}`, { cause });

export const scriptNotFound = () =>
  new ApiError(404, 10007, "This Worker does not exist on your account.");

export const invalidScript = (message: string) => new ApiError(400, 10021, message);

export const noEventHandlers = () =>
  new ApiError(400, 10068, "The uploaded script has no registered event handlers.");

export const inheritedBindingMissing = (name: string) =>
  new ApiError(400, 10057, `The inherit binding '${name}' does not exist in the previous version.`);

export const secretNotFound = (name: string) =>
  new ApiError(404, 10056, `Binding '${name}' not found.`);

export const latestVersionNotDeployed = () =>
  new ApiError(400, 10215, "The latest version of this Worker is not the one that is deployed.");

export const boundDatabaseMissing = (binding: string, databaseId: string) =>
  new ApiError(
    400,
    10181,
    `D1 binding '${binding}' references database '${databaseId}' which was not found.`,
  );

/** https://github.com/alchemy-run/alchemy-async/pull/1384 quotes status, code and text. */
export const hostnameTaken = (hostname: string) =>
  new ApiError(
    409,
    100116,
    `Hostname '${hostname}' already in use by other custom domain. Either delete it, try a different hostname, or use the option 'override_existing_origin' to override.`,
  );

export const unknownZone = (hostname: string) =>
  new ApiError(400, 1001, `Invalid zone identifier: '${hostname}' is in no zone of this account`);

export const databaseNotFound = () => new ApiError(404, 7404, "The database could not be found");

export const databaseNameTaken = (name: string) =>
  new ApiError(409, 7502, `A database with the name '${name}' already exists`);

/** SQLite refused a statement. The message is SQLite's own. */
export const queryFailed = (message: string) => new ApiError(400, 7500, message);

/** The D1 request has the wrong shape. */
export const invalidDatabaseRequest = (message: string) => new ApiError(400, 7400, message);

/** Cloudflare has this operation, but this server does not. It says so rather than doing half of it. */
export const notSupportedLocally = (what: string) =>
  new ApiError(405, 10405, `${what} is not supported by the local Cloudflare`);
