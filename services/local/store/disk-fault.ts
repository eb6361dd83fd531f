const FAULTS: [code: string, words: RegExp, fault: string][] = [
  ['ENOSPC', /no space left/i, 'no space left on the disk'],
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
