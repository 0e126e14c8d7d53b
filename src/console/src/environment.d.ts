/** The variables of the console's environment files. */
interface ImportMetaEnv {
  readonly VITE_AUTH_URL?: string;
  readonly VITE_AUTH_API_URL?: string;
}
