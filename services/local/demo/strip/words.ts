import type { Message } from '@cloudfront-cookie-gateway/web/page/words/locale';

/** The words of the strip, in English and in Japanese. */
export const MESSAGES = {
  demonstration: ['Demonstration', 'デモ'],
  here: ['On this machine only', 'このマシンだけ'],
  beAlice: ['Sign in as Alice', 'Alice としてログイン'],
  beBob: ['Sign in as Bob', 'Bob としてログイン'],
  breakIn: ['Try to break in', '侵入テスト'],
  close: ['Close', '閉じる'],
  sending: ['Sending requests to the files host…', 'ファイル用ホストにリクエストを送っています…'],
  verdict: [
    '{refused} of {count} attacks were refused, each at the step shown.',
    '{count} 件の攻撃のうち {refused} 件を拒否。それぞれ、記録にある段階で止まりました。',
  ],
  nobody: ['Sign in as Alice or Bob first.', '先に Alice か Bob としてログインしてください。'],
  trouble: ['The local stack responded with {status}.', '手元の環境の応答は {status} です。'],
} as const;

export type WordKey = Exclude<keyof typeof MESSAGES, 'verdict' | 'trouble'>;

/** Each attempt: what is sent, and why it is answered so. */
export const ATTEMPTS: Record<string, [what: Message, why: Message]> = {
  own: [
    ['Your own file, with your cookies', '自分のファイルを、自分の Cookie で'],
    ['Your cookies open your folder.', '自分の Cookie は自分のフォルダーを開きます。'],
  ],
  noCookie: [
    ['{name}’s URL, without a cookie', '{name} のアドレスを、Cookie なしで'],
    ['A URL alone opens nothing.', 'アドレスだけでは何も開きません。'],
  ],
  otherCookies: [
    ['{name}’s URL, with your cookies', '{name} のアドレスを、自分の Cookie で'],
    ['{name}’s folder is not in your cookies.', '自分の Cookie の署名は自分のフォルダーだけのものです。'],
  ],
  upEscaped: [
    ['Up from your folder using ..%2f', '自分のフォルダーから上へ: ..%2f'],
    ['A path with an encoded slash is refused.', 'エンコードされたスラッシュを含むパスは受け付けません。'],
  ],
  up: [
    ['Up from your folder using /../', '自分のフォルダーから上へ: /../'],
    ['A path that leaves its folder is refused.', '上へ登るパスは受け付けません。'],
  ],
  forged: [
    [
      'Cookies for {name}’s folder, signed with a key of your own',
      '{name} のフォルダー用に、自分で署名した Cookie で',
    ],
    ['Only the service holds the signing key.', '署名の鍵を持つのはサービスだけです。'],
  ],
  expired: [
    ['Your cookies, a minute after they expired', '自分の Cookie を、期限の 1 分後に'],
    ['The expiry is part of the signed policy.', '署名されたポリシーには期限があります。'],
  ],
  sharePath: [
    ['Your share link, with {name}’s path in it', '自分の共有リンクに、{name} のパスを入れて'],
    ['A link is signed for one file.', 'リンクの署名は 1 つのファイルだけのものです。'],
  ],
  movedDate: [
    ['An expired link with a later date', '期限切れのリンクの、日付を延ばして'],
    ['The date is covered by the signature.', '日付も署名の対象です。'],
  ],
  script: [
    ['Your own upload, loaded as a script', '自分のアップロードを、スクリプトとして'],
    ['No page may run an uploaded file.', 'アップロードされたファイルは、どのページでも実行できません。'],
  ],
};
