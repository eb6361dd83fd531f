import { words } from './words.ts';

/**
 * Asks the local stack's own endpoints, below `/demo/` of the app host.
 * @throws Error with a message for the person
 */
export async function ask(path: string, body: object = {}): Promise<Record<string, unknown>> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status === 401) throw new Error('Sign in as Alice or Bob first.');
  if (!response.ok) throw new Error(words('trouble', { status: response.status }));
  return parseRecord(await response.json());
}

export function parseRecord(raw: unknown): Record<string, unknown> {
  if (typeof raw !== 'object' || raw === null) throw new TypeError('not an object');
  return raw as Record<string, unknown>;
}
