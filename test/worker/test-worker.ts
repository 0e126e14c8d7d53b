/** The Worker under test: the owner's own. Most tests make an app of their own with `openApp`. */
export { default } from "../../src/worker/index.ts";
