import { inLanguage, type Values } from './language.ts';

/** The words of the viewer, as in messages.ts. They load with it. */
export const VIEWER = {
  notInBrowser: [
    'This browser does not show this kind of picture. Download it instead.',
    'このブラウザでは、この種類の画像を表示できません。ダウンロードしてください。',
  ],
  name: ['Name', '名前'],
  size: ['Size', 'サイズ'],
  type: ['Type', '種類'],
  taken: ['Taken', '撮影日時'],
  changed: ['Changed', '更新日時'],
  dimensions: ['Dimensions', '縦横のサイズ'],
  pixels: ['{width} × {height}', '{width} × {height}'],
  uploadedBy: ['Uploaded by', 'アップロードした人'],
  you: ['you', 'あなた'],
  member: ['another member', 'ほかのメンバー'],
} as const;

type Words = typeof VIEWER;

/** Words of the viewer in the person's language. */
export function words<Key extends keyof Words>(key: Key, ...values: Values<Words[Key]>): string {
  return inLanguage<Words[Key]>(VIEWER[key], ...values);
}
