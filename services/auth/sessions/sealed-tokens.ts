import type { Sealer } from '../domain/ports.ts';

/** The tokens that the provider gave for a session. */
export interface ProviderTokens {
  idToken: string;
  refreshToken?: string | undefined;
}

export function sealTokens({ sealer }: { sealer: Sealer }, tokens: ProviderTokens): Promise<string> {
  return sealer.seal(tokens);
}

/** Undefined if there are no tokens, or another secret has sealed them. */
export async function openTokens(
  { sealer }: { sealer: Sealer },
  sealed: string | undefined,
): Promise<ProviderTokens | undefined> {
  const opened = sealed === undefined ? undefined : await sealer.open(sealed);
  if (typeof opened !== 'object' || opened === null || !('idToken' in opened)) return undefined;
  const { idToken } = opened;
  const refreshToken = 'refreshToken' in opened ? opened.refreshToken : undefined;
  if (typeof idToken !== 'string') return undefined;
  return { idToken, ...(typeof refreshToken === 'string' ? { refreshToken } : {}) };
}
