/** The part of Node's API that workerd provides and this Worker uses; all of @types/node would claim too much. */
declare module "node:crypto" {
  interface ScryptOptions {
    N: number;
    r: number;
    p: number;
    maxmem: number;
  }
  /** Native; blocks the isolate's thread. */
  export function scryptSync(
    password: string | Uint8Array,
    salt: string | Uint8Array,
    keyLength: number,
    options: ScryptOptions,
  ): Uint8Array;
  export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean;
}
