/** The rooms that are judged, each with the share of mutants that its tests must kill. The first that fits counts. */
export const ROOMS: readonly { room: string; goal: number }[] = [
  { room: 'core', goal: 0.97 },
  { room: 'edge/function', goal: 0.97 },
  { room: 'edge/local', goal: 0.9 },
  { room: 'edge/lint', goal: 0.9 },
  { room: 'infra', goal: 0.9 },
  { room: 'services/auth/sessions', goal: 0.97 },
  { room: 'services/auth/revocations', goal: 0.97 },
  { room: 'services/auth', goal: 0.9 },
  { room: 'services/local', goal: 0.9 },
  { room: 'services/operator', goal: 0.9 },
  { room: 'services/web', goal: 0.9 },
];

/** Mutants that change nothing that anybody could see, or nothing worth a test. */
export interface MayLive {
  file: string;
  /** The line, without its indentation. */
  line: string;
  /** The change, as `npm run mutants` prints it. */
  what: string;
  why: string;
}

export const MAY_LIVE: readonly MayLive[] = [];
