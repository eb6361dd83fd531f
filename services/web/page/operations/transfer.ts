import { copyAll, type Move, type MovedFiles, moveAll } from '@cloudfront-cookie-gateway/client/files';
import { announce } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { NUMBER, text } from '../words/language.ts';
import {
  filesOf,
  isFolder,
  labelOf,
  type OperationsContext,
  parentOf,
  placeName,
  type Target,
} from './context.ts';
import { announceWith, codeOf, describeFailed } from './dialog.ts';
import { askAboutMeetings } from './meetings.ts';
import { pickFolder } from './picker.ts';
import type { Tasks } from './tasks.ts';
import { openTrash } from './trash.ts';

type Kind = 'move' | 'copy';

/** Asks where files and folders are to go, and moves or copies them there. */
export async function openTransfer(
  context: OperationsContext,
  tasks: Tasks,
  kind: Kind,
  { owner, names }: { owner: Owner; names: readonly string[] },
): Promise<void> {
  const [first] = names;
  if (first === undefined) return;
  const isMove = kind === 'move';
  const count = NUMBER.format(names.length);
  const one = { name: labelOf(first) };
  const titleOne = isMove ? text('moveOf', one) : text('copyOf', one);
  const titleMany = isMove ? text('moveMany', { count }) : text('copyMany', { count });
  const target = await pickFolder(context, {
    title: names.length === 1 ? titleOne : titleMany,
    action: text(isMove ? 'moveHere' : 'copyHere'),
    note: isMove ? text('endsLinks') : '',
    from: { owner, folder: parentOf(first) },
    without: names.filter(isFolder),
  });
  if (target) await transfer(context, tasks, kind, { owner, names, target });
}

/** Moves or copies files and folders into a folder. */
export function transfer(
  context: OperationsContext,
  tasks: Tasks,
  kind: Kind,
  { owner, names, target }: { owner: Owner; names: readonly string[]; target: Target },
): Promise<void> {
  const moves = names.map((from) => ({ from, to: target.folder + from.slice(parentOf(from).length) }));
  return relocate(context, tasks, {
    kind,
    owner,
    moves,
    target,
    said: (count) => saidOf(kind, moves, target, count),
  });
}

/** What is moved or copied, where to, and what is said when it is there. */
export interface Relocating {
  kind: Kind;
  owner: Owner;
  moves: readonly Move[];
  target: Target;
  /** @param count how many files are in their new place */
  said(count: number): string;
}

/** Moves or copies as a task. */
export function relocate(
  context: OperationsContext,
  tasks: Tasks,
  { kind, owner, moves, target, said }: Relocating,
): Promise<void> {
  const into = target.owner === owner ? undefined : filesOf(target.owner);
  const libraries = new Set([owner, target.owner].map(context.libraryOf));
  return tasks.start({
    title: titleOf(kind, moves),
    async run(options) {
      const all = kind === 'move' ? moveAll : copyAll;
      const result = await all(filesOf(owner), moves, { ...options, into, onMeet: askAboutMeetings });
      report(context, target, result, said(result.moved));
    },
    onRest() {
      for (const library of libraries) void library.refresh();
      context.onChanged();
    },
    onFail(error) {
      if (codeOf(error) === 'quota_exceeded') offerTrash(context, target.owner);
    },
  });
}

/** The trash counts as used space, so to empty it makes room. */
export function offerTrash(context: OperationsContext, owner: Owner): void {
  announceWith(text('noRoomThere'), text('openTrash'), () => openTrash(context, owner));
}

function report(context: OperationsContext, target: Target, result: MovedFiles, said: string): void {
  const { moved, skipped, failed } = result;
  const parts = [
    ...(moved > 0 ? [said] : []),
    ...(skipped.length > 0 ? [text('leftOut', { count: NUMBER.format(skipped.length) })] : []),
    ...describeFailed(failed),
  ];
  const show = () => context.enter(target.owner, target.folder);
  if (moved > 0) announceWith(parts.join(' '), text('show'), show);
  else announce(parts.join(' ') || said);
}

function titleOf(kind: Kind, moves: readonly Move[]): string {
  const one = { name: labelOf(moves[0]?.from ?? '') };
  const count = NUMBER.format(moves.length);
  if (moves.length === 1) return kind === 'move' ? text('movingOne', one) : text('copyingOne', one);
  return kind === 'move' ? text('movingMany', { count }) : text('copyingMany', { count });
}

function saidOf(kind: Kind, moves: readonly Move[], target: Target, moved: number): string {
  const folder = placeName(target);
  const name = labelOf(moves[0]?.from ?? '');
  const count = NUMBER.format(moved);
  if (moves.length === 1) return text(kind === 'move' ? 'movedOne' : 'copiedOne', { name, folder });
  return text(kind === 'move' ? 'movedMany' : 'copiedMany', { count, folder });
}
