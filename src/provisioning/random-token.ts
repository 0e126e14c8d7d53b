/** 256 random bits, as text that fits into a URL or a variable. */

const tokenBytes = 32;

export function randomToken(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(tokenBytes)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
