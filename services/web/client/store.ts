/** Of everything that the browser shares among the tabs. */
export const NAME = 'cloudfront-cookie-gateway';

/** What `remember` kept under a key, for all tabs of this origin; undefined also where the browser keeps nothing. */
export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(NAME + key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value in the browser, or drops it. False where the browser allows neither. */
export function remember(key: string, value?: string): boolean {
  try {
    if (value === undefined) localStorage.removeItem(NAME + key);
    else localStorage.setItem(NAME + key, value);
    return true;
  } catch {
    return false;
  }
}
