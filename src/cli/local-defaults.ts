/** Where the local Cloudflare is, unless the operator says. Apart from what starts it, which loads workerd's tools. */

export const defaultLocalPort = 8788;
export const defaultStateFolder = ".nno";
