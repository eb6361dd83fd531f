const ENGLISH = {
  language: 'en',
  signIn: 'Sign in',
  note: 'This identity provider is for development: any login signs in, and the password is not checked.',
  login: 'Login',
  password: 'Password',
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
};

export type ProviderWords = typeof ENGLISH;

const JAPANESE: ProviderWords = {
  language: 'ja',
  signIn: 'ログイン',
  note: 'これは開発用の ID プロバイダーです。どのログイン名でもログインでき、パスワードは確認しません。',
  login: 'ログイン名',
  password: 'パスワード',
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
};

/** The words for an `Accept-Language` header. Browsers list the languages in order of preference. */
export function wordsFor(acceptLanguage = ''): ProviderWords {
  const tags = acceptLanguage.split(',').map((tag) => tag.trim().split(/[-;]/, 1).join().toLowerCase());
  return tags.find((tag) => tag === 'en' || tag === 'ja') === 'ja' ? JAPANESE : ENGLISH;
}
