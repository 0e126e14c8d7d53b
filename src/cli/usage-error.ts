/** A command line, a variable or a file that cannot be used. Its message is one line and says what to do. */
export class UsageError extends Error {}
