import type { Message } from '@cloudfront-cookie-gateway/web/page/words/locale';

/** The words of the strip, in English and in Japanese. */
export const MESSAGES = {
  demonstration: ['Demonstration', 'デモ'],
  here: ['On this machine only', 'このマシンだけ'],
  beAlice: ['Be Alice', 'Alice になる'],
  beBob: ['Be Bob', 'Bob になる'],
  breakIn: ['Try to break in', '侵入を試す'],
  close: ['Close', '閉じる'],
  sending: ['Sending requests to the files host…', 'ファイル用ホストにリクエストを送っています…'],
  verdict: [
    '{refused} of {count} attacks refused, each by the step that its record names.',
    '{count} 件の攻撃のうち {refused} 件を拒否。それぞれ、記録にある段階で止まりました。',
  ],
  nobody: ['Be Alice or Bob first.', '先に Alice か Bob になってください。'],
  trouble: ['The local stack answers {status}.', '手元の環境の応答は {status} です。'],
} as const;

export type WordKey = Exclude<keyof typeof MESSAGES, 'verdict' | 'trouble'>;

/** Each attempt: what is sent, and why it is answered so. */
export const ATTEMPTS: Record<string, [what: Message, why: Message]> = {
  own: [
    ['Your own file, with your cookies', '自分のファイルを、自分の Cookie で'],
    ['Your cookies open your folder.', '自分の Cookie は自分のフォルダーを開きます。'],
  ],
  noCookie: [
    ['{name}’s address, without a cookie', '{name} のアドレスを、Cookie なしで'],
    ['An address alone opens nothing.', 'アドレスだけでは何も開きません。'],
  ],
  otherCookies: [
    ['{name}’s address, with your cookies', '{name} のアドレスを、自分の Cookie で'],
    [
      'Your cookies are signed for your folder only.',
      '自分の Cookie の署名は自分のフォルダーだけのものです。',
    ],
  ],
  upEscaped: [
    ['Up from your folder: ..%2f', '自分のフォルダーから上へ: ..%2f'],
    ['No path with an encoded slash is accepted.', 'エンコードされたスラッシュを含むパスは受け付けません。'],
  ],
  up: [
    ['Up from your folder: /../', '自分のフォルダーから上へ: /../'],
    ['No path that climbs is accepted.', '上へ登るパスは受け付けません。'],
  ],
  forged: [
    ['Cookies for {name}’s folder, signed by yourself', '{name} のフォルダー用に、自分で署名した Cookie で'],
    ['Only the service holds the signing key.', '署名の鍵を持つのはサービスだけです。'],
  ],
  expired: [
    ['Your cookies, a minute after their end', '自分の Cookie を、期限の 1 分後に'],
    ['The signed policy has its own end.', '署名されたポリシーには期限があります。'],
  ],
  sharePath: [
    ['Your share link, with {name}’s path in it', '自分の共有リンクに、{name} のパスを入れて'],
    ['A link is signed for one file.', 'リンクの署名は 1 つのファイルだけのものです。'],
  ],
  movedDate: [
    ['A link that expired, its date moved on', '期限切れのリンクの、日付を延ばして'],
    ['The date is part of what is signed.', '日付も署名の対象です。'],
  ],
  script: [
    ['Your own upload, run as a script', '自分のアップロードを、スクリプトとして'],
    ['No page may run an uploaded file.', 'アップロードされたファイルは、どのページでも実行できません。'],
  ],
};
