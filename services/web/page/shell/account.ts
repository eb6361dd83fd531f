import type { Session } from '@cloudfront-cookie-gateway/client';
import { create, find } from '../dom.ts';
import { prefer, preferred } from '../preferences.ts';
import { language } from '../words/language.ts';
import { initialOf } from '../words/words.ts';

/** Each language calls itself. */
const LANGUAGES = [
  ['en', 'English'],
  ['ja', '日本語'],
] as const;

/** Takes the theme that the person has chosen, or that of the device. */
export function followTheme(): void {
  const theme = preferred('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
  else delete document.documentElement.dataset['theme'];
}

/** The menu of the account: who it is, the theme, the language, and the browsers that are signed in. */
export function createAccount() {
  const theme = find('theme', HTMLSelectElement);
  const languages = find('language', HTMLSelectElement);
  theme.value = document.documentElement.dataset['theme'] ?? '';
  theme.addEventListener('change', () => {
    prefer('theme', theme.value);
    followTheme();
  });
  for (const [tag, name] of LANGUAGES)
    languages.append(
      create('option', { value: tag, lang: tag, ...(tag === language && { selected: '' }) }, name),
    );
  languages.addEventListener('change', () => {
    prefer('language', languages.value);
    location.reload();
  });

  return {
    show({ user: { name, email, id } }: Session): void {
      const shown = name ?? email ?? id;
      find('user-name', HTMLElement).textContent = shown;
      find('user-initial', HTMLElement).textContent = initialOf(shown);
      find('user-email', HTMLElement).textContent = email ?? '';
    },
    clear(): void {
      for (const id of ['user-name', 'user-initial', 'user-email']) find(id, HTMLElement).textContent = '';
    },
  };
}
