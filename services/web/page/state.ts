import type { Session } from '@cloudfront-cookie-gateway/client';
import { computed, signal } from '@preact/signals';
import { libraryOf, mayChange, type Owner } from './files/library.ts';

/** The session of the signed-in user. A guest has none. */
export const session = signal<Session | undefined>(undefined);

/** Whose files the page shows. Undefined while nobody has opened it. */
export const owner = signal<Owner | undefined>(undefined);

/** Whether the person may add, replace, delete and share the shown files. */
export const mayEdit = computed(() => owner.value !== undefined && mayChange(owner.value));

/** The number of changes of files, by this tab or another: the used space and the links may be others now. */
export const changes = signal(0);

const otherTabs = new BroadcastChannel('page-files');
otherTabs.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (!session.value || data !== session.value.user.id) return;
  changes.value++;
  if (owner.value) void libraryOf(owner.value).refresh();
});

/** This tab has changed files. */
export function noteChange(): void {
  changes.value++;
  otherTabs.postMessage(session.peek()?.user.id);
}

/** The most bytes of all files of an owner. Undefined if there is no limit. */
export function limitOf({ team }: Owner): number | undefined {
  return team ? team.maxBytes : session.value?.files.maxBytes;
}
