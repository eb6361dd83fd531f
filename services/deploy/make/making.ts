import type { Place } from '../around/place.ts';

/** By this tag a run finds what an earlier one made and had no time to write down; its value is the stack's name. */
export const TAG = 'cloudfront-cookie-gateway';

/** A deployment that cannot go on; the message says what to do. */
export class DeployError extends Error {
  override readonly name = 'DeployError';
}

/** What every maker needs. */
export interface Making {
  stackName: string;
  place: Place;
  /** Writes values into the file at once, so that the next run makes nothing twice. */
  write(added: Record<string, unknown>): void;
  say(line: string): void;
  /** Milliseconds. */
  wait(ms: number): Promise<void>;
}
