/** Of everything that the browser shares among the tabs. */
export const NAME = 'cookie-gateway';

/** What `remember` kept under a key, for all tabs of this origin; null also where the browser keeps nothing. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(NAME + key);
  } catch {
    return null;
  }
}

/** Keeps a value in the browser, or drops it. False where the browser allows neither. */
export function remember(key: string, value?: string): boolean {
  try {
    if (value) localStorage.setItem(NAME + key, value);
    else localStorage.removeItem(NAME + key);
    return true;
  } catch {
    return false;
  }
}
