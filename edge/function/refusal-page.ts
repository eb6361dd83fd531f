const STYLE =
  'body{max-width:30em;margin:18vh auto;padding:0 1em;font:1.1em/1.6 system-ui,sans-serif}small{opacity:.75}';

/**
 * The hash of the page's only style, for its Content-Security-Policy. The runtime cannot compute it; a test checks it.
 */
export const STYLE_HASH = 'sha256-Hr4CadtPxiS8NC2Ga3RVLzvGHf6unzwwx3FC5ZLDLNY=';

/** The title of the page, the three reasons, and the text of the link. */
const WORDS = [
  'This cannot be opened',
  'The link has ended or was revoked, or you are not signed in as the owner of this file.',
  'This is not the address of a file.',
  'Your access to this file cannot be checked now. Try again in a minute.',
  'Sign in, or go to your own files',
];
const JAPANESE = [
  'これは開けません',
  'リンクの期限が切れたか、取り消されたか、ファイルの所有者としてログインしていない可能性があります。',
  'これはファイルのアドレスではありません。',
  '開いてよいかどうかを今は確認できません。1 分ほどしてからもう一度お試しください。',
  'ログインするか、自分のファイルを見る',
];

/**
 * The page of a refusal, for a person. It shows the status and the code that a program gets. It has no script, and
 * shows nothing of the request.
 */
export function refusalPage(
  code: string,
  statusCode: number,
  isJapanese: boolean,
  appOrigin: string,
): string {
  const words = isJapanese ? JAPANESE : WORDS;
  const reason = words[statusCode === 403 ? 1 : statusCode === 503 ? 3 : 2];
  return `<!doctype html><html lang="${isJapanese ? 'ja' : 'en'}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${words[0]}</title><style>${STYLE}</style><main><h1>${words[0]}</h1><p>${reason}<p><a href="${appOrigin}/">${words[4]}</a><p><small>${statusCode} <code>${code}</code></small></main></html>`;
}
