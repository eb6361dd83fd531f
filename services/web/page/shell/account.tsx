import { followTheme } from '../dom.ts';
import { operate } from '../operations/later.ts';
import { prefer, preferred } from '../preferences.ts';
import { session } from '../state.ts';
import { Button, Options, useWork } from '../ui/parts.tsx';
import { text } from '../words/language.ts';
import { LANGUAGES, language } from '../words/locale.ts';
import { initialOf } from '../words/words.ts';

/** The menu of the account: who it is, the theme, the language, and the browsers that are signed in. */
export function Account({ signOut }: { signOut(everywhere: boolean): Promise<void> }) {
  const { begin, isBusy } = useWork(() => signOut(false));
  const { name, email, id = '' } = session.value?.user ?? {};
  const shown = name ?? email ?? id;
  const themes = { '': text('themeSystem'), light: text('themeLight'), dark: text('themeDark') };
  return (
    <>
      <button id="account-button" type="button" popovertarget="account-menu">
        <span class="unseen">{text('account')}</span>{' '}
        <span id="user-initial" aria-hidden="true">
          {initialOf(shown)}
        </span>
        <span id="user-name">{shown}</span>
      </button>
      <div id="account-menu" class="menu" popover>
        <p class="quiet">{email}</p>
        <label>
          <span>{text('theme')}</span>{' '}
          <select
            onChange={({ currentTarget }) => {
              prefer('theme', currentTarget.value);
              followTheme();
            }}
          >
            <Options options={themes} usual={preferred('theme') ?? ''} />
          </select>
        </label>
        <label>
          <span>{text('pageLanguage')}</span>{' '}
          <select
            onChange={({ currentTarget }) => {
              prefer('language', currentTarget.value);
              location.reload();
            }}
          >
            {Object.entries(LANGUAGES).map(([tag, words]) => (
              <option key={tag} value={tag} lang={tag} selected={tag === language}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <Button
          words={text('whereSignedIn')}
          onClick={() => operate(({ openSessions }) => openSessions(() => signOut(true)))}
        />
        <Button id="sign-out" words={text('signOut')} aria-disabled={isBusy} onClick={begin} />
      </div>
    </>
  );
}
