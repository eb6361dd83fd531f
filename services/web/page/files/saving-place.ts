/** Where a file is put together. `written` gets each part once it may be used again. @returns the whole content */
export type SavingPlace = (
  content: ReadableStream<Uint8Array>,
  written?: (part: Uint8Array) => void,
) => Promise<Blob>;

const FOLDER = 'saving';
/** A browser copies a finished file into the folder of downloads. After this time it has. */
const KEPT_MS = 10 * 60_000;

/**
 * A file in the browser's own folder of this origin (File System Standard), which no other origin reads. Each file has a
 * lock, so that another tab does not remove it.
 * @returns undefined if the browser has no such folder, for example in a private window
 */
export async function openDisk(): Promise<SavingPlace | undefined> {
  const folder = await folderOf(true);
  if (!folder || !('createWritable' in FileSystemFileHandle.prototype)) return undefined;
  const name = crypto.randomUUID();
  let close = () => {};
  const isDone = new Promise<void>((resolve) => {
    close = resolve;
  });
  await new Promise<void>((resolve) => {
    void navigator.locks.request(name, async () => {
      resolve();
      await isDone;
      await folder.removeEntry(name).catch(() => {});
    });
  });
  try {
    const handle = await folder.getFileHandle(name, { create: true });
    const writer = (await handle.createWritable()).getWriter();
    return async (content, written) => {
      const reader = content.getReader();
      try {
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          await writer.write(part.value);
          written?.(part.value);
        }
        await writer.close();
        setTimeout(close, KEPT_MS);
        return await handle.getFile();
      } catch (error) {
        await reader.cancel().catch(() => {});
        // Nobody can remove a file that is written to, nor, for a moment, one whose writing was aborted.
        await writer.close().catch(() => {});
        close();
        throw error;
      }
    };
  } catch {
    close();
    return undefined;
  }
}

/** Removes what is left of files that were put together: at the start of the page, and at a sign-out. */
export async function emptyDisk(): Promise<void> {
  const folder = await folderOf(false);
  if (!folder) return;
  for await (const name of folder.keys()) {
    const remove = () => folder.removeEntry(name).catch(() => {});
    await navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock) return remove();
      // Another tab is at work on the file, or the page before a reload still has the lock.
      void navigator.locks.request(name, remove);
      return undefined;
    });
  }
}

async function folderOf(create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(FOLDER, { create });
  } catch {
    return undefined;
  }
}
