/**
 * The register finds the record of a route. Hooks ask by the path as it was declared; code that runs before the router
 * asks by the path of the request. A route without a record is not served.
 */
import { createLookup, type Lookup } from "../../http/route-lookup.ts";
import type { RouteRecord, RouteRecords } from "./record.ts";

export type Routes = Lookup<RouteRecord>;

export const createRegister = (records: RouteRecords): Routes => createLookup(records);
