/** The command line, a variable or a file cannot be used. The message is one line and says what to do. */
export class UsageError extends Error {}
