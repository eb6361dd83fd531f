const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Until when the bucket keeps what was deleted: the first midnight UTC after the days (Amazon S3 User Guide, "Lifecycle
 * configuration elements"). S3 may delete it later.
 */
export function goesAt(deletedAt: Date, keepDays: number): Date {
  return new Date((Math.floor(deletedAt.getTime() / DAY_MS) + keepDays + 1) * DAY_MS);
}
