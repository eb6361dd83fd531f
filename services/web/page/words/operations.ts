import { inLanguage, type Values } from './language.ts';

/** The words about moves, the trash and versions, as in messages.ts. They load when the person uses these. */
export const OPERATIONS = {
  renameOf: ['Rename {name}', '{name} の名前を変更'],
  newName: ['New name', '新しい名前'],
  renamed: ['{name} is now {to}.', '{name} の名前を {to} に変更しました。'],
  nameTaken: [
    'This name is taken. Choose another one.',
    'この名前はすでに使われています。別の名前にしてください。',
  ],
  nameRefused: [
    'This name cannot be used. It must not be empty, and has no / and no \\.',
    'この名前は使えません。空の名前と、/ や \\ を含む名前は使えません。',
  ],
  endsLinks: ['Shared links to what moves end.', '移動や名前の変更をすると、共有リンクは無効になります。'],
  mergeQuestion: ['Put both folders together?', '2 つのフォルダーをまとめますか?'],
  mergeText: [
    '{name} is there already. The files of both folders come together in it.',
    '{name} はすでにあります。両方のフォルダーのファイルを 1 つにまとめます。',
  ],
  merge: ['Put together', 'まとめる'],

  folderName: ['Name of the folder', 'フォルダーの名前'],
  folderMade: ['{name} is ready.', '{name} を作成しました。'],

  moveOf: ['Move {name}', '{name} を移動'],
  moveMany: ['Move {count} items', '{count} 個の項目を移動'],
  copyOf: ['Copy {name}', '{name} をコピー'],
  copyMany: ['Copy {count} items', '{count} 個の項目をコピー'],
  moveHere: ['Move here', 'ここに移動'],
  copyHere: ['Copy here', 'ここにコピー'],
  place: ['Place', '場所'],
  chosenFolder: ['To {folder}', '移動先: {folder}'],
  up: ['Up to {folder}', '{folder} に戻る'],
  folders: ['Folders', 'フォルダー'],
  noFolders: ['There is no folder here.', 'ここにフォルダーはありません。'],
  movingOne: ['Moving {name}', '{name} を移動中'],
  movingMany: ['Moving {count} items', '{count} 個の項目を移動中'],
  copyingOne: ['Copying {name}', '{name} をコピー中'],
  copyingMany: ['Copying {count} items', '{count} 個の項目をコピー中'],
  deletingOne: ['Deleting {name}', '{name} を削除中'],
  deletingMany: ['Deleting {count} items', '{count} 個の項目を削除中'],
  movedOne: ['{name} is now in {folder}.', '{name} を「{folder}」に移動しました。'],
  movedMany: ['{count} files are now in {folder}.', 'ファイル {count} 個を「{folder}」に移動しました。'],
  copiedOne: ['{name} is copied to {folder}.', '{name} を「{folder}」にコピーしました。'],
  copiedMany: [
    '{count} files are copied to {folder}.',
    'ファイル {count} 個を「{folder}」にコピーしました。',
  ],
  leftOut: ['{count} files stay where they were.', 'ファイル {count} 個は元の場所に残っています。'],
  failedSome: ['{count} files failed. {reason}', 'ファイル {count} 個は処理できませんでした。{reason}'],
  show: ['Show', '表示'],

  tasks: ['Under way', '実行中の操作'],
  beginning: ['Reading the list…', '一覧を読み込み中…'],
  progress: ['{done} of {count}', '{count} 個中 {done} 個'],
  stopped: ['Stopped at {done} of {count}.', '{count} 個中 {done} 個で停止しました。'],
  stop: ['Stop', '停止'],
  stopOf: ['Stop: {title}', '停止: {title}'],
  goOn: ['Go on', '続ける'],
  goOnWith: ['Go on: {title}', '続ける: {title}'],
  dismissOf: ['Dismiss: {title}', '一覧から消す: {title}'],

  meetOne: ['A file with this name is there already', '同じ名前のファイルがすでにあります'],
  meetMany: [
    '{count} files with these names are there already',
    '同じ名前のファイルがすでに {count} 個あります',
  ],
  meetText: ['Your choice counts for all of them.', '選んだ操作は、すべてのファイルに適用されます。'],
  meetFacts: ['{size}, there {other} from {date}', '{size}、移動先は {other}({date})'],
  replaceAll: ['Replace all', 'すべて置き換える'],
  skipAll: ['Leave them out', 'すべてスキップ'],

  trashedOne: ['{name} is in the trash.', '{name} をゴミ箱に移動しました。'],
  trashedMany: ['{count} files are in the trash.', 'ファイル {count} 個をゴミ箱に移動しました。'],
  undo: ['Undo', '元に戻す'],
  restoredOne: ['{name} is back.', '{name} を元に戻しました。'],
  restoredMany: ['{count} files are back.', 'ファイル {count} 個を元に戻しました。'],
  deleteFolderText: [
    'Everything in it is deleted. Nothing is kept here, so nobody can bring it back.',
    '中のファイルもすべて削除されます。ここにはゴミ箱がないため、元に戻せません。',
  ],

  trashOf: ['Trash of {name}', '{name} のゴミ箱'],
  trashText: [
    'What is deleted stays here until its day, and counts as used space.',
    '削除したファイルは期限までここに残り、容量に含まれます。',
  ],
  trashEmpty: ['The trash is empty.', 'ゴミ箱は空です。'],
  noTrash: [
    'Nothing is kept here. What is deleted or replaced is gone at once.',
    'ここにはゴミ箱がありません。削除や置き換えをしたファイルは、すぐに消えます。',
  ],
  trashFacts: ['{size} · deleted {date} · until {goes}', '{size} · {date} に削除 · {goes} まで'],
  restore: ['Restore', '元に戻す'],
  restoreOf: ['Restore: {name}', '元に戻す: {name}'],
  forEver: ['Delete for ever', '完全に削除'],
  forEverOf: ['Delete for ever: {name}', '完全に削除: {name}'],
  forEverQuestion: ['Delete {name} for ever?', '{name} を完全に削除しますか?'],
  forEverText: ['Nobody can bring it back.', 'もう元に戻せません。'],
  goneForEver: ['{name} is deleted for ever.', '{name} を完全に削除しました。'],
  emptyTrash: ['Empty the trash', 'ゴミ箱を空にする'],
  emptyQuestion: ['Empty the trash?', 'ゴミ箱を空にしますか?'],
  emptyText: [
    'Everything in it is deleted for ever. Nobody can bring it back.',
    '中のファイルはすべて完全に削除され、元に戻せません。',
  ],
  emptied: ['The trash is empty now.', 'ゴミ箱を空にしました。'],
  moreTrash: ['Show more', 'さらに表示'],
  noRoom: [
    'There is not enough space. The trash counts as used space, too.',
    '空き容量が足りません。ゴミ箱の中のファイルも容量に含まれます。',
  ],
  openTrash: ['Open the trash', 'ゴミ箱を開く'],

  versionsOf: ['Versions of {name}', '{name} のバージョン'],
  versionsText: [
    'A version that you make present replaces the file. The file as it is now is kept as a version.',
    '以前のバージョンに戻しても、今の内容はバージョンとして残ります。',
  ],
  version: ['{date} · {size}', '{date} · {size}'],
  present: ['present', '現在'],
  makePresent: ['Make present', 'このバージョンに戻す'],
  makePresentOf: ['Make present: {date}', 'このバージョンに戻す: {date}'],
  madePresent: ['{name} is as it was on {date}.', '{name} を {date} のバージョンに戻しました。'],
  noVersions: ['There is no earlier version.', '以前のバージョンはありません。'],

  shareFolder: ['Share the folder {name}', 'フォルダー {name} を共有'],
  shareFolderText: [
    'The members of a team see its files, and editors change them.',
    'チームのメンバーはファイルを閲覧でき、編集者は変更もできます。',
  ],
  intoNew: ['Copy it into a new team', '新しいチームにコピーする'],
  intoTeam: ['Move it into a team', 'チームに移動する'],
  teamName: ['Name of the team', 'チームの名前'],
  team: ['Team', 'チーム'],
  sharedNow: [
    '{folder} is in {team} now. Invite people to it.',
    '「{folder}」を「{team}」に入れました。メンバーを招待できます。',
  ],
} as const;

type Words = typeof OPERATIONS;

/** Words about an operation in the person's language. */
export function words<Key extends keyof Words>(key: Key, ...values: Values<Words[Key]>): string {
  return inLanguage<Words[Key]>(OPERATIONS[key], ...values);
}
