import {
  fill,
  inLanguage,
  language,
  type Message,
  type Values,
} from '@cloudfront-cookie-gateway/web/page/words/language';

/** Every word of the strip and the names of the attempts, in English and in Japanese. */
export const MESSAGES = {
  demonstration: ['Demonstration', 'デモ'],
  here: ['On this machine only', 'このマシンだけ'],
  beAlice: ['Be Alice', 'Alice になる'],
  beBob: ['Be Bob', 'Bob になる'],
  breakIn: ['Try to break in', '侵入を試す'],
  close: ['Close', '閉じる'],
  sending: ['Sending requests to the files host…', 'ファイルのホストに要求を送っています…'],
  verdict: [
    '{refused} of {count} attacks refused, each by the step of the edge that its record names.',
    '{count} 件の攻撃のうち {refused} 件を拒否。それぞれ、記録にあるエッジの段階で止まりました。',
  ],
  noRecord: ['no record', '記録なし'],
  wanted: ['wanted {value}', '必要: {value}'],
  got: ['got {value}', '実際: {value}'],
  facts: [
    'Images from the edge: {images}. Image bytes through the service: {bytes}.',
    'エッジからの画像: {images}。サービスを通った画像データ: {bytes}。',
  ],
  signOut: [
    'Last sign-out: the edge refused a copy of its cookies after {ms} ms ({code}).',
    '最後のログアウト: エッジは {ms} ms 後に Cookie のコピーを拒否しました({code})。',
  ],
  nobody: ['Be Alice or Bob first.', '先に Alice か Bob になってください。'],
  trouble: ['The local stack answers {status}.', '手元の環境の応答は {status} です。'],

  own: ['Your own file, with your cookies', '自分のファイルを、自分の Cookie で'],
  noCookie: ['{name}’s address, without a cookie', '{name} のアドレスを、Cookie なしで'],
  otherCookies: ['{name}’s address, with your cookies', '{name} のアドレスを、自分の Cookie で'],
  upEscaped: ['Up from your folder: ..%2f', '自分のフォルダーから上へ: ..%2f'],
  up: ['Up from your folder: /../', '自分のフォルダーから上へ: /../'],
  forged: [
    'Cookies for {name}’s folder, signed by yourself',
    '{name} のフォルダー用に、自分で署名した Cookie で',
  ],
  expired: ['Your cookies, a minute after their end', '自分の Cookie を、期限の 1 分後に'],
  sharePath: ['Your share link, with {name}’s path in it', '自分の共有リンクに、{name} のパスを入れて'],
  movedDate: ['A link that expired, its date moved on', '期限切れのリンクの、日付を延ばして'],
  script: ['Your own upload, run as a script', '自分のアップロードを、スクリプトとして'],
} as const;

/** The words of the strip in the person's language. */
export function words<Key extends keyof typeof MESSAGES>(
  key: Key,
  ...values: Values<(typeof MESSAGES)[Key]>
): string {
  return inLanguage(MESSAGES[key], ...values);
}

/** What an attempt is called. */
export function titleOf(kind: unknown, name: string): string {
  const [, title] = Object.entries<Message>(MESSAGES).find(([key]) => key === kind) ?? [];
  return title ? fill(title[language === 'ja' ? 1 : 0], { name }) : String(kind);
}
