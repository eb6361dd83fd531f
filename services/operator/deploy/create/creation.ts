import type { Place } from '@cloudfront-cookie-gateway/infra/values';

/** A run finds by this tag what an earlier run made and could not write down. The tag's value is the stack's name. */
export const TAG = 'cloudfront-cookie-gateway';

/** The pause between two looks at something that takes minutes. */
export const LOOK_AGAIN_MS = 10_000;

/** A deployment cannot go on. The message says what to do. */
export class DeployError extends Error {
  override readonly name = 'DeployError';
}

/** All tags of what is made. */
export function tagsOf({ stackName, tags }: Creation): { Key: string; Value: string }[] {
  return Object.entries({ ...tags, [TAG]: stackName }).map(([Key, Value]) => ({ Key, Value }));
}

/** What every maker needs. */
export interface Creation {
  stackName: string;
  place: Place;
  /** Those of the values: some organisations refuse what has none. */
  tags: Record<string, string>;
  /** Writes values into the file at once, so that the next run makes nothing a second time. */
  write(added: Record<string, unknown>): void;
  say(line: string): void;
  /** Milliseconds. */
  wait(ms: number): Promise<void>;
}
