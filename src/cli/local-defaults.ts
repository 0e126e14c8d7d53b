/** Where the local Cloudflare is by default. Kept apart from the code that starts it, which loads Miniflare. */

export const defaultLocalPort = 8788;
export const defaultStateFolder = ".nno";
