import { createHash } from 'node:crypto';

/** An HTML page and the policy that it needs. */
export interface Page {
  html: string;
  headers: Record<string, string>;
}

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 4rem auto; padding: 0 1rem; color: #1c1c28; background: #f6f6f9 }
label { display: block; margin-top: 1rem }
input, button { font: inherit; box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: .5rem .75rem; margin-top: .25rem; border: 1px solid #8a8a99; border-radius: .6rem }
button { margin-top: 1.5rem; font-weight: 600; color: #fff; background: #4f46e5; border: 0; cursor: pointer }
:focus-visible { outline: 3px solid #4f46e5; outline-offset: 2px }
.note { color: #5f6072 } .error { color: #b42318 }
@media (prefers-color-scheme: dark) {
:root { color-scheme: dark } body { color: #ececf4; background: #12121a } .note { color: #a3a4b8 } .error { color: #ff8a7a }
button { color: #12121a; background: #8b85ff } :focus-visible { outline-color: #8b85ff }
}`;

const SUBMIT_LOGOUT = `document.getElementById('op.logoutForm').querySelector('button').click()`;

/**
 * @param input what the fields hold
 * @param error what was wrong with the last input, in words
 */
export function loginPage(
  words: ProviderWords,
  { login, groups }: { login: string; groups: string },
  error?: string,
): Page {
  const described = error === undefined ? '' : ' aria-invalid="true" aria-describedby="error"';
  return page(
    words,
    words.signIn,
    `<p class="note">${words.note}</p>
${error === undefined ? '' : `<p class="error" id="error" role="alert">${escapeHtml(error)}</p>`}
<form method="post">
<label for="login">${words.login}</label>
<input id="login" name="login" value="${escapeHtml(login)}" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus${described}>
<label for="password">${words.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password">
<label for="groups">${words.groups}</label>
<input id="groups" name="groups" value="${escapeHtml(groups)}" autocapitalize="none" spellcheck="false">
<button>${words.signIn}</button>
</form>`,
  );
}

/** @param form the provider's own form, which has no button */
export function logoutPage(words: ProviderWords, form: string): Page {
  const button = `<button name="logout" value="yes">${words.signOut}</button></form>`;
  return page(words, words.signingOut, form.replace('</form>', button), SUBMIT_LOGOUT);
}

/**
 * Where a person types the code that a device shows (RFC 8628, section 3.3).
 * @param form the provider's own form, which has a field and no button
 * @param error what was wrong with the last code, in words
 */
export function codePage(words: ProviderWords, form: string, error?: string): Page {
  const fault = error === undefined ? '' : `<p class="error" role="alert">${escapeHtml(error)}</p>`;
  const labelled = form
    .replace(/ onfocus="[^"]*"/, '')
    .replace(/placeholder="[^"]*"/, `aria-label="${words.code}"`)
    .replace('</form>', `<button>${words.next}</button></form>`);
  return page(words, words.connect, `<p class="note">${words.codeNote}</p>\n${fault}\n${labelled}`);
}

/** @param form the provider's own form, which has no button */
export function confirmPage(words: ProviderWords, form: string, code: string): Page {
  const buttons = `<button>${words.connect}</button><button name="abort" value="yes">${words.cancel}</button>`;
  const text = `<p class="note">${words.confirmNote}</p>\n<p><code>${escapeHtml(code)}</code></p>`;
  return page(words, words.connect, `${text}\n${form.replace('</form>', `${buttons}</form>`)}`);
}

export function messagePage(words: ProviderWords, title: string, message: string): Page {
  return page(words, title, `<p>${escapeHtml(message)}</p>`);
}

function page({ language }: ProviderWords, title: string, body: string, script?: string): Page {
  const scripts = script === undefined ? '' : `; script-src '${sha256(script)}'`;
  return {
    html: `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
${script === undefined ? '' : `<script>${script}</script>`}
</body>
</html>
`,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      // No form-action: browsers would apply it to the redirect back to the client as well.
      'content-security-policy': `default-src 'none'; style-src '${sha256(STYLE)}'${scripts}; base-uri 'none'; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      // With no-referrer, browsers would send `Origin: null` with the form's own POST.
      'referrer-policy': 'same-origin',
    },
  };
}

function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const ENGLISH = {
  language: 'en',
  signIn: 'Sign in',
  note: 'This identity provider is for development: any login signs in, and the password is not checked.',
  login: 'Login',
  password: 'Password',
  groups: 'Groups, with commas between',
  noLogin: 'Enter a login: any name will do.',
  notAscii: 'A login has ASCII characters only: OpenID Connect allows no others.',
  tooLong: 'A login has at most 255 characters.',
  signingOut: 'Signing out',
  signOut: 'Sign out',
  signedOut: 'Signed out',
  signedOutText: 'You are signed out at the identity provider.',
  again: 'Sign in again',
  expired: 'This sign-in has expired. Start again at the app.',
  failed: 'The sign-in failed',
  connect: 'Connect a device',
  codeNote: 'Enter the code that the device or the program shows.',
  code: 'Code',
  next: 'Next',
  codeFault: 'This code is wrong, has expired or was already used.',
  confirmNote: 'Go on only if your own device or program shows this code:',
  cancel: 'Cancel',
  connected: 'Signed in',
  connectedText: 'Go back to your device or program. You can close this page.',
};

export type ProviderWords = typeof ENGLISH;

const JAPANESE: ProviderWords = {
  language: 'ja',
  signIn: 'ログイン',
  note: 'これは開発用の ID プロバイダーです。どのログイン名でもログインでき、パスワードは確認しません。',
  login: 'ログイン名',
  password: 'パスワード',
  groups: 'グループ(コンマ区切り)',
  noLogin: 'ログイン名を入力してください。どんな名前でもかまいません。',
  notAscii: 'ログイン名に使えるのは ASCII 文字だけです。OpenID Connect がほかの文字を認めていません。',
  tooLong: 'ログイン名は 255 文字までです。',
  signingOut: 'ログアウト中',
  signOut: 'ログアウト',
  signedOut: 'ログアウトしました',
  signedOutText: 'ID プロバイダーからログアウトしました。',
  again: 'もう一度ログインしてください',
  expired: 'このログインは期限切れです。アプリから始め直してください。',
  failed: 'ログインできませんでした',
  connect: 'デバイスを接続',
  codeNote: 'デバイスまたはプログラムに表示されているコードを入力してください。',
  code: 'コード',
  next: '次へ',
  codeFault: 'このコードは、まちがっているか、期限切れか、使用済みです。',
  confirmNote: '自分のデバイスまたはプログラムに次のコードが表示されている場合だけ続けてください:',
  cancel: 'キャンセル',
  connected: 'ログインしました',
  connectedText: 'デバイスまたはプログラムに戻ってください。このページは閉じてかまいません。',
};

/** The words for an `Accept-Language` header. Browsers list the languages in order of preference. */
export function wordsFor(acceptLanguage = ''): ProviderWords {
  const tags = acceptLanguage.split(',').map((tag) => tag.trim().split(/[-;]/, 1).join().toLowerCase());
  return tags.find((tag) => tag === 'en' || tag === 'ja') === 'ja' ? JAPANESE : ENGLISH;
}
