import { copyAll, type Move, type MovedFiles, moveAll } from '@cloudfront-cookie-gateway/client/files';
import { announce, announceWith } from '../dom.ts';
import { go } from '../files/history.ts';
import { libraryOf, type Owner } from '../files/library.ts';
import { gateway } from '../gateway.ts';
import { noteChange } from '../state.ts';
import { put } from '../teams/owners.ts';
import { askName } from '../ui/dialog.tsx';
import { askAboutTaken } from '../ui/taken.tsx';
import { counted, NUMBER, text } from '../words/language.ts';
import { codeOf, nameOf } from '../words/words.ts';
import { describe, describeFailed } from './failures.ts';
import { filesOf, isFolder, labelOf, parentOf, placeName, type Target } from './names.ts';
import { pickFolder } from './picker.tsx';
import { startTask } from './tasks.tsx';
import { openTrash } from './trash.tsx';

export type Kind = 'move' | 'copy';

const WORDS = {
  move: { ask: 'moveOf', askMany: 'moveMany', here: 'moveHere', title: 'movingOne', titleMany: 'movingMany' },
  copy: {
    ask: 'copyOf',
    askMany: 'copyMany',
    here: 'copyHere',
    title: 'copyingOne',
    titleMany: 'copyingMany',
  },
} as const;

/** Asks where files and folders are to go, and moves or copies them there. */
export async function openTransfer(kind: Kind, owner: Owner, names: readonly string[]): Promise<void> {
  const [first] = names;
  if (first === undefined) return;
  const { ask, askMany, here } = WORDS[kind];
  const target = await pickFolder({
    title: counted(names.length, ask, askMany, { name: labelOf(first) }),
    action: text(here),
    note: kind === 'move' ? text('endsLinks') : '',
    from: { owner, folder: parentOf(first) },
    without: names.filter(isFolder),
  });
  if (target) await transfer(kind, { owner, names, target });
}

/** Moves or copies files and folders into a folder. */
export function transfer(
  kind: Kind,
  { owner, names, target }: { owner: Owner; names: readonly string[]; target: Target },
): Promise<void> {
  const moves = names.map((from) => ({ from, to: target.folder + from.slice(parentOf(from).length) }));
  const words = { name: labelOf(names[0] ?? ''), folder: placeName(target) };
  // A folder is one thing, however many files are in it.
  const said = (count: number) =>
    moves.length === 1
      ? text(kind === 'move' ? 'movedOne' : 'copiedOne', words)
      : text(kind === 'move' ? 'movedMany' : 'copiedMany', { ...words, count: NUMBER.format(count) });
  return relocate(kind, { owner, moves, target, said });
}

/** What is moved or copied, where to, and what is said when it is there. */
export interface Relocating {
  owner: Owner;
  moves: readonly Move[];
  target: Target;
  /** @param count how many files are in their new place */
  said(count: number): string;
}

/** Moves or copies as a task. */
export function relocate(kind: Kind, { owner, moves, target, said }: Relocating): Promise<void> {
  const into = target.owner === owner ? undefined : filesOf(target.owner);
  const libraries = new Set([owner, target.owner].map(libraryOf));
  return startTask({
    title: counted(moves.length, WORDS[kind].title, WORDS[kind].titleMany, {
      name: labelOf(moves[0]?.from ?? ''),
    }),
    async run(options) {
      const all = kind === 'move' ? moveAll : copyAll;
      const result = await all(filesOf(owner), moves, { ...options, into, onMeet: askAboutTaken });
      report(target, result, said(result.moved));
    },
    onRest() {
      for (const library of libraries) void library.refresh();
      noteChange();
    },
    onFail(error) {
      if (codeOf(error) === 'quota_exceeded') offerTrash(target.owner);
    },
  });
}

/** The trash counts as used space, so to empty it makes room. */
export function offerTrash(owner: Owner): void {
  announceWith(text('noRoomThere'), text('openTrash'), () => openTrash(owner));
}

function report(target: Target, result: MovedFiles, said: string): void {
  const { moved, skipped, failed } = result;
  const parts = [
    ...(moved > 0 ? [said] : []),
    ...(skipped.length > 0 ? [text('leftOut', { count: NUMBER.format(skipped.length) })] : []),
    ...describeFailed(failed),
  ];
  const show = () => go({ team: target.owner.team?.id, folder: target.folder }, 'push');
  if (moved > 0) announceWith(parts.join(' '), text('show'), show);
  else announce(parts.join(' ') || said);
}

/** Shares a folder: a copy of it in a new team. Into a team that is there, a folder is moved as any other. */
export function openShareFolder(owner: Owner, folder: string): void {
  const name = labelOf(folder);
  askName({
    title: text('shareFolder', { name }),
    label: text('teamName'),
    name,
    action: text('share'),
    note: text('shareFolderText'),
    maxLength: 100,
    describe,
    async save(team) {
      const target = put(await gateway.teams.make(team));
      void relocate('copy', {
        owner,
        moves: [{ from: folder, to: `${name}/` }],
        target: { owner: target, folder: '' },
        said: () => text('sharedNow', { folder: name, team: nameOf(target.team) }),
      });
    },
  });
}
