/** Checks query parameters: pages are limited, columns exist, and D1 can run the searches. */
import { readTime } from "../db/adapter/dates.ts";
import { checkPage } from "./pages.ts";
import { refuse, type Refusal } from "./refusal.ts";
import type { InputRules } from "./rules.ts";

const pageLimit = 1000;
/** D1 reads, and bills, all rows before an offset only to skip them. */
const offsetLimit = 10_000;
const textLimitCharacters = 8 * 1024;
/** D1 refuses LIKE patterns over 50 bytes, and the pattern adds two `%`. */
const searchLimitBytes = 48;
/** D1 accepts at most 100 bound parameters per query. Each value is one; the search and the page need a few more. */
const filterValuesLimit = 80;

/** These columns are points in time. They can be compared with another, but have no text to search. */
const timeColumns = ["createdAt", "updatedAt", "banExpires"];
const textOperators = ["contains", "starts_with", "ends_with"];

/** @param columns the columns that a list may be sorted and searched by. Any other column would fail in D1. */
export function checkQuery(
  query: URLSearchParams,
  columns: InputRules["columns"],
): Refusal | undefined {
  return checkPaging(query) ?? checkText(query) ?? checkColumns(query, columns);
}

function checkPaging(query: URLSearchParams): Refusal | undefined {
  for (const name of ["limit", "membersLimit"]) {
    for (const limit of query.getAll(name)) {
      if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > pageLimit) {
        return refuse("INVALID_LIMIT", `${name} must be a whole number from 1 to ${pageLimit}.`);
      }
    }
  }
  for (const offset of query.getAll("offset")) {
    if (!/^\d{1,5}$/.test(offset) || Number(offset) > offsetLimit) {
      return refuse(
        "INVALID_OFFSET",
        `offset must be a whole number from 0 to ${offsetLimit}. To read further, use the lists with a cursor.`,
      );
    }
  }
  return undefined;
}

function checkText(query: URLSearchParams): Refusal | undefined {
  for (const [key, value] of query) {
    if (value.includes("\0")) return refuse("NUL_CHARACTER", "The query contains a NUL character.");
    if (value.length > textLimitCharacters) return refuse("TOO_LONG", "The query is too long.");
    const refusal = checkPage(key, value);
    if (refusal !== undefined) return refusal;
    const isSearch = key === "searchValue" || key === "filterValue";
    if (isSearch && new TextEncoder().encode(value).length > searchLimitBytes) {
      return refuse("SEARCH_TOO_LONG", `${key} must not be longer than ${searchLimitBytes} bytes.`);
    }
  }
  return undefined;
}

function checkColumns(query: URLSearchParams, columns: InputRules["columns"]): Refusal | undefined {
  if (columns === undefined) return undefined;
  for (const key of ["sortBy", "searchField", "filterField"]) {
    const column = query.get(key);
    if (column === null) continue;
    if (!columns.includes(column)) {
      return refuse("UNKNOWN_FIELD", `${key}: there is no field with this name.`);
    }
    if (key === "sortBy" || !timeColumns.includes(column)) continue;
    const isText =
      key === "searchField" || textOperators.includes(query.get("filterOperator") ?? "");
    if (isText) {
      return refuse(
        "INVALID_FILTER",
        `${key}: ${column} is a time, which cannot be searched as text.`,
      );
    }
    if (query.getAll("filterValue").some((value) => readTime(value) === undefined)) {
      return refuse(
        "INVALID_FILTER",
        `filterValue: ${column} is compared with a time, such as 2026-01-31T12:00:00Z or a number of milliseconds.`,
      );
    }
  }
  const values = query.getAll("filterValue").length;
  const isList = ["in", "not_in"].includes(query.get("filterOperator") ?? "");
  if (isList && values === 0) {
    return refuse("INVALID_FILTER", "in and not_in need a value of filterValue.");
  }
  if (values > (isList ? filterValuesLimit : 1)) {
    return refuse(
      "INVALID_FILTER",
      `filterValue: in and not_in accept at most ${filterValuesLimit} values, other operators only one.`,
    );
  }
  return undefined;
}
