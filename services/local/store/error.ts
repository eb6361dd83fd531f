/** A refusal of a request in AWS's terms. The servers turn it into their own form of answer. */
export class AwsError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What a store has kept cannot be read. The store changes nothing then; the message says what to do. */
export class UnreadableStoreError extends Error {}

const FAULTS: [code: string, words: RegExp, fault: string][] = [
  ['ENOSPC', /no space left|disk is full/i, 'no space left on the disk'],
  ['EDQUOT', /quota exceeded/i, 'no space left on the disk'],
  ['EIO', /i(nput)?\/o(utput)? error/i, 'the disk fails'],
];

/** The disk's fault, in words; undefined if the error has another cause. */
export function diskFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  const found = FAULTS.find(([known, words]) => code === known || words.test(error.message));
  return found?.[2] ?? diskFault(error.cause);
}
