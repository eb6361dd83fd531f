/** What this browser keeps of a person: choices, and the time of the last sign-out. Nothing of it is about files, so it outlives a sign-out. */
export type Preference = 'theme' | 'language' | 'sort' | 'look' | 'tile-size';

/** Null if nothing has been chosen, or the browser keeps nothing. */
export function preferred(key: Preference): string | null {
  try {
    return localStorage.getItem(`page-${key}`);
  } catch {
    return null;
  }
}

/** Keeps a choice for the next visit, if the browser keeps anything. */
export function prefer(key: Preference, value: string): void {
  try {
    localStorage.setItem(`page-${key}`, value);
  } catch {
    // The choice then holds until the page is loaded anew.
  }
}
