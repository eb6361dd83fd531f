import type { Decision } from '../../../edge/local/decision.ts';
import { wordsFor as edgeWordsFor } from '../../../edge/local/decision.ts';

/** The meaning of each code of our own viewer-request function. */
const OWN: Record<string, string> = {
  bad_path:
    'The function does not accept this spelling of a path: dot segments, slashes in disguise, broken escapes.',
  not_a_file: 'The path is a folder.',
  no_credential: 'The function found no credential that it can read.',
  revoked: 'The session or the share was revoked.',
  policy_not_ours: 'The policy is validly signed, but neither for one folder nor for one file.',
  ambiguous: 'The credential could be read in two ways: a parameter or cookie twice, or in two spellings.',
  destination_refused: 'The function gives no file as script, style, worker, manifest, object or embed.',
  revocation_unknown: 'The revocation store could not be read, so the function gives no file.',
};

export function wordsFor(decision: Decision): string {
  return OWN[decision.clause] ?? edgeWordsFor(decision) ?? 'The function answered by itself.';
}
