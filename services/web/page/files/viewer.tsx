import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { computed, effect, signal, untracked } from '@preact/signals';
import { announce } from '../dom.ts';
import { owner } from '../state.ts';
import { confirm } from '../ui/dialog.tsx';
import { text } from '../words/language.ts';
import { focusFile } from './gallery.ts';
import { address, go, leaveFile } from './history.ts';
import { describeScan, isHeld, isViewed } from './kinds.ts';
import { libraryOf } from './library.ts';
import type { LightboxProps } from './lightbox.tsx';
import { listed, listedFiles } from './listing.ts';

/** The files that the arrows lead through. */
const viewed = computed(() => listedFiles.value.filter(isViewed));

/** The open file, which the address names. */
const open = signal<ListedFile | undefined>(undefined);

/** The focus goes to the card of the file that was seen last, even after steps with the arrows. */
let lastSeen = '';
const onClosed = () => focusFile(lastSeen);

/** The lightbox, which loads at the first file. */
const lightbox = signal<typeof import('./lightbox.tsx') | undefined>(undefined);

/** The files beside the open one, even once that is gone. */
let beside: { next?: ListedFile | undefined; previous?: ListedFile | undefined } = {};

const place = (name: string | undefined) => ({ ...listed.peek(), file: name });
const leave = () => {
  if (open.peek()) leaveFile(listed.peek());
};
const move = (step: 'next' | 'previous') => {
  const target = beside[step];
  if (target) go(place(target.name), 'replace');
};

effect(() => {
  const { team, file: name } = address.value;
  const library = owner.value && owner.value.team?.id === team ? libraryOf(owner.value) : undefined;
  const file = name === undefined ? undefined : library?.get(name);
  const isRead = library?.state() === 'read';
  const files = viewed.value;
  untracked(() => {
    const former = open.value;
    if (file && !isHeld(file)) {
      const at = files.findIndex((each) => each.name === name);
      beside = at < 0 ? {} : { next: files[at + 1], previous: files[at - 1] };
      open.value = file;
      lastSeen = file.name;
      if (!lightbox.value) void load();
    } else if (name !== undefined && name === former?.name && isRead) {
      // It is gone. The next file takes its place.
      go(place((beside.next ?? beside.previous)?.name), 'replace');
    } else {
      open.value = undefined;
      if (name === undefined || !isRead) return;
      announce(file ? `${name}: ${describeScan(file)}` : text('gone', { name }));
      go(listed.peek(), 'replace');
    }
  });
});

async function load(): Promise<void> {
  try {
    lightbox.value = await import('./lightbox.tsx');
  } catch {
    // Firefox does not try again before the page is loaded anew.
    const question = {
      title: text('viewerMissing'),
      text: text('viewerMissingText'),
      action: text('reload'),
    };
    if (await confirm(question)) location.reload();
    else leave();
  }
}

/** The open file over the page. */
export function Viewer() {
  if (!lightbox.value || !open.value) return null;
  const { Lightbox } = lightbox.value;
  const props: LightboxProps = { file: open.value, files: viewed.value, move, leave, onClosed };
  return <Lightbox {...props} />;
}
