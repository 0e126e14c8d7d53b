/** What a route checks of its input beyond its own schema; part of its record in the register. */
export interface InputRules {
  /** Fields of users that the body may set, where Better Auth's schema takes anything. */
  userFields?: "sign-up" | "own" | "admin-new" | "admin";
  /** The columns that a list may be sorted and searched by. */
  columns?: readonly string[];
  /** `data` must name what changes. */
  changesData?: true;
  /** May come as a provider's form_post (OAuth 2.0 Form Post Response Mode); its state protects it. */
  form?: true;
}

/** The rules of the route at a path of a request, below the base path. */
export type ReadInputRules = (method: string, path: string) => InputRules;
