/** An error that the person who typed the command can correct. The message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
