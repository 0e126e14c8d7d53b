/** The checks on a route's input beyond its own schema. They are part of the route's record in the register. */
export interface InputRules {
  /** The user fields that the body may set, for routes where Better Auth's schema accepts any field. */
  userFields?: "sign-up" | "own" | "admin-new" | "admin";
  /** What the body describes, which has fields of a limited size: a tenant's logo and metadata, a role's permissions. */
  stores?: "tenant" | "role";
  /** The columns that a list may be sorted and searched by. */
  columns?: readonly string[];
  /** `data` must contain at least one field. */
  changesData?: true;
  /** The console's page for a request that names no `callbackURL`. Omitted: the route does without. */
  defaultPage?: string;
  /** The answer hands `callbackURL` back to the page that called, for which a path is one of its own. */
  pathsOfCaller?: true;
  /** The body may be a provider's form_post (OAuth 2.0 Form Post Response Mode), which its state parameter protects. */
  form?: true;
}
