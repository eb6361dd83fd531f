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
  makeTeam: ['A team for Alice and Bob', 'Alice と Bob のチームを作る'],
  teamMade: ['Alice and Bob have a team.', 'Alice と Bob のチームができました。'],
  breakIn: ['Try to break in', '侵入を試す'],
  close: ['Close', '閉じる'],
  sending: ['Sending requests to the files host…', 'ファイル用ホストにリクエストを送っています…'],
  verdict: [
    '{refused} of {count} attacks refused, each by the step that its record names.',
    '{count} 件の攻撃のうち {refused} 件を拒否。それぞれ、記録にある段階で止まりました。',
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
    '最後のログアウト: エッジは {ms} ミリ秒後に Cookie のコピーを拒否しました({code})。',
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

  teamOwn: [
    'A file of {name}’s team, with a member’s cookies',
    '{name} のチームのファイルを、メンバーの Cookie で',
  ],
  teamElsewhere: [
    'The same file, with that member’s cookies for another team',
    '同じファイルを、そのメンバーの別のチームの Cookie で',
  ],
  seventhSet: [
    'The same file, once the same browser has opened six more teams',
    '同じファイルを、同じブラウザでほかに 6 つのチームを開いたあとで',
  ],
  teamOnUser: ['{name}’s own file, with cookies for the team', '{name} 自身のファイルを、チームの Cookie で'],
  userOnTeam: [
    'The team’s file, with cookies for a user’s own folder',
    'チームのファイルを、ユーザー自身のフォルダーの Cookie で',
  ],
  otherStart: [
    'The team’s file, with {name}’s start put into a member’s cookies',
    'チームのファイルを、{name} の開始番号を入れたメンバーの Cookie で',
  ],
  removedSet: ['The cookies of a member who was removed', '外されたメンバーの Cookie で'],
  removedShare: ['A share link of an editor who was removed', '外された編集者の共有リンクで'],
  removedRenewal: ['Fresh cookies for a member who was removed', '外されたメンバーに、新しい Cookie を'],
  addedAgain: [
    'The cookies from before, once that member was added again',
    'そのメンバーが再び加わったあとに、前の Cookie で',
  ],
  signedOutSet: [
    'The new cookies, once that member has signed out',
    'そのメンバーがログアウトしたあとに、新しい Cookie で',
  ],

  linkOnUser: [
    '{name}’s own file, with the cookies of a link to the team',
    '{name} 自身のファイルを、チームへのリンクの Cookie で',
  ],
  guessedLink: ['A link to the team, with a guessed secret', 'チームへのリンクを、推測した秘密の値で'],
  viewerSends: ['An upload, with a link that only shows', '見るだけのリンクでアップロード'],
  otherPass: [
    'Fresh cookies for one link, with the pass of another',
    'あるリンクの新しい Cookie を、別のリンクの通行用 Cookie で',
  ],
  endedLink: ['The cookies of a link that was ended', '終了したリンクの Cookie で'],
  wrongPassword: ['A link, with a wrong password', 'リンクを、間違ったパスワードで'],
  oldPass: [
    'Fresh cookies for a link, once it has a new password',
    'リンクのパスワードが変わったあとに、新しい Cookie を',
  ],
  uploaderLists: [
    'The list of files, with a link that only takes files',
    '受け取るだけのリンクで、ファイルの一覧を',
  ],
  uploaderOverwrites: [
    'An upload by a link, sent once more over its file',
    'リンクからのアップロードを、同じファイルの上にもう一度',
  ],
  removedLink: ['A link that an editor made who was removed', '外された編集者が作ったリンクで'],
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
