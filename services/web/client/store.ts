/** The name of everything that the tabs share in the browser. */
export const NAME = 'cookie-gateway';

/** The value that `remember` kept under a key, for all tabs of this origin. Null also if the browser keeps nothing. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(NAME + key);
  } catch {
    return null;
  }
}

/** Keeps a value in the browser, or removes it. False if the browser allows neither. */
export function remember(key: string, value?: string): boolean {
  try {
    if (value) localStorage.setItem(NAME + key, value);
    else localStorage.removeItem(NAME + key);
    return true;
  } catch {
    return false;
  }
}
