import {
  type DeletedFiles,
  deleteAll,
  fileOperations,
  type NamedVersion,
  restoreAll,
} from '@cloudfront-cookie-gateway/client/files';
import { announce, confirm } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { NUMBER, text } from '../words/language.ts';
import { filesIn, filesOf, isFolder, labelOf, type OperationsContext } from './context.ts';
import { announceWith, codeOf, describe, describeFailed } from './dialog.ts';
import type { Tasks } from './tasks.ts';

/** What is deleted: files, and folders with all that is in them. */
interface Deleting {
  owner: Owner;
  names: readonly string[];
}

/**
 * Deletes files and folders. If a trash is kept, they are in it, and an undo takes them out. Otherwise, the person is
 * asked first.
 */
export async function deleteItems(
  context: OperationsContext,
  tasks: Tasks,
  deleting: Deleting,
): Promise<void> {
  const { owner, names } = deleting;
  const [first] = names;
  if (first === undefined) return;
  const isOne = names.length === 1;
  const count = NUMBER.format(names.length);
  try {
    if (!(await keepsTrash(owner, first)) && !(await isSure(context, deleting))) return;
  } catch (error) {
    announce(describe(error));
    return;
  }
  await tasks.start({
    title: isOne ? text('deletingOne', { name: labelOf(first) }) : text('deletingMany', { count }),
    async run(options) {
      const result = await deleteAll(filesOf(owner), names, options);
      context.drop(
        owner,
        result.deleted.map(({ name }) => name),
      );
      tell(context, deleting, result);
    },
    onRest() {
      void context.libraryOf(owner).refresh();
      context.onChanged();
    },
  });
}

/** Says what is gone. What is in the trash can come back. */
function tell(
  context: OperationsContext,
  { owner, names }: Deleting,
  { deleted, failed }: DeletedFiles,
): void {
  const kept = deleted.flatMap(({ name, version }) => (version === undefined ? [] : [{ name, version }]));
  const isOne = names.length === 1;
  const name = labelOf(names[0] ?? '');
  const count = NUMBER.format(deleted.length);
  const failures = describeFailed(failed);
  if (kept.length > 0) {
    const said = isOne ? text('trashedOne', { name }) : text('trashedMany', { count });
    announceWith([said, ...failures].join(' '), text('undo'), () => void undo(context, owner, kept));
  } else if (deleted.length > 0) {
    const said = isOne ? text('deleted', { name }) : text('deletedMany', { count });
    announce([said, ...failures].join(' '));
  } else announce(failures.join('') || text('gone', { name }));
}

async function undo(context: OperationsContext, owner: Owner, kept: readonly NamedVersion[]): Promise<void> {
  try {
    const { restored, failed } = await restoreAll(filesOf(owner), kept);
    await context.libraryOf(owner).refresh();
    context.onChanged();
    const [first] = restored;
    const count = NUMBER.format(restored.length);
    const isOne = restored.length === 1;
    const said = isOne
      ? text('restoredOne', { name: labelOf(first?.name ?? '') })
      : text('restoredMany', { count });
    announce([...(first ? [said] : []), ...describeFailed(failed)].join(' '));
  } catch (error) {
    announce(describe(error));
  }
}

const keeping = new WeakMap<Owner['asUser'], boolean>();

/**
 * Whether the host keeps what is deleted. It says so once. The versions of one name are a short list, and the trash may
 * be a long one.
 * @throws ApiError
 */
async function keepsTrash(owner: Owner, name: string): Promise<boolean> {
  const known = keeping.get(owner.asUser);
  if (known !== undefined) return known;
  const keeps = await fileOperations(filesOf(owner))
    .versions.list(name.replace(/\/$/, ''))
    .then(
      () => true,
      (error) => {
        const code = codeOf(error);
        if (code !== 'no_trash' && code !== 'no_such_file') throw error;
        return code === 'no_such_file';
      },
    );
  keeping.set(owner.asUser, keeps);
  return keeps;
}

function isSure(context: OperationsContext, { owner, names }: Deleting): Promise<boolean> {
  const [first = ''] = names;
  const action = text('delete');
  if (names.length > 1) {
    const count = NUMBER.format(filesIn(context.libraryOf(owner), names).length);
    return confirm({ title: text('deleteManyQuestion', { count }), text: text('deleteManyText'), action });
  }
  const title = text('deleteQuestion', { name: labelOf(first) });
  return confirm({ title, text: isFolder(first) ? text('deleteFolderText') : text('deleteText'), action });
}
