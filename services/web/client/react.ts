'use client';
import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import { createFileList, type FileList, NO_FILES } from './file-list.ts';
import type { CookieGateway, Gateway } from './gateway-types.ts';
import type { Folder, ListedFile, SessionState, UploadOptions } from './types.ts';
import { createUploadQueue, type Upload } from './upload-queue.ts';

export type { FileList, Upload };

const Context = createContext<Gateway | CookieGateway | undefined>(undefined);

/**
 * Its children's hooks use this gateway. Images, players and links of the files host work again after their cookies have
 * expired: `<img src={file.url}>` needs no component.
 * @param props.gateway made once, outside of components
 */
export function GatewayProvider({
  gateway,
  children,
}: {
  gateway: Gateway | CookieGateway;
  children?: ReactNode;
}) {
  useEffect(() => gateway.watchImages(), [gateway]);
  return createElement(Context.Provider, { value: gateway }, children);
}

/** @throws TypeError without a provider, or if its gateway is one of `createCookieGateway` */
export function useGateway(): Gateway {
  const gateway = useProvided();
  if (!('files' in gateway)) throw new TypeError('a gateway of createCookieGateway has no files to list');
  return gateway;
}

/** Who is signed in. On a server: `loading`. */
export function useSession(): SessionState {
  const { store } = useProvided();
  return useSyncExternalStore(store.subscribe, store.getSnapshot, () => LOADING);
}

const LOADING: SessionState = { status: 'loading' };

export interface FolderOptions {
  /** The beginning of the files' names: `pets/`. */
  prefix?: string | undefined;
  /** The id of a team. Without it, the user's own folder. */
  team?: string | undefined;
}

export interface Files extends FileList {
  /** Reads the next page of 100 files. */
  loadMore: () => Promise<void>;
  /**
   * Reads the list again, after a change of the files.
   * @param update what is shown until then: `mutate((files) => files.filter(({ name }) => name !== deleted))`
   */
  mutate: (update?: (files: readonly ListedFile[]) => readonly ListedFile[]) => Promise<void>;
}

/** The files of a folder: none while nobody is signed in. */
export function useFiles({ prefix, team }: FolderOptions = {}): Files {
  const gateway = useGateway();
  const session = useSession();
  const userId = session.status === 'in' ? session.session.user.id : undefined;
  // What is known of another user or folder is not shown.
  const list = useMemo(
    () => ({ ...createFileList(folderOf(gateway, team), prefix), userId }),
    [gateway, prefix, team, userId],
  );
  const state = useSyncExternalStore(
    userId === undefined ? listenToNobody : list.subscribe,
    list.getSnapshot,
    list.getSnapshot,
  );
  useEffect(
    () => gateway.on('teamleft', ({ id }) => id === team && void list.mutate()),
    [gateway, list, team],
  );
  const isKnown = session.status === 'in' || session.status === 'loading';
  const { loadMore, mutate } = list;
  return { ...(isKnown ? state : NO_FILES), loadMore, mutate };
}

export interface Uploads {
  uploads: readonly Upload[];
  /**
   * Sends files. Resolves when each of them is done, has failed, or was cancelled. It never rejects.
   * @param options.replace the files may overwrite others with their names
   */
  add: (files: Iterable<File>, options?: Pick<UploadOptions, 'replace'>) => Promise<void>;
  /** Ends an upload, also on the server, and takes it off the list. */
  cancel: (id: number) => void;
  /** Sends a file again that has failed: `retry(id, { replace: true })` */
  retry: (id: number, options?: Pick<UploadOptions, 'replace'>) => Promise<void>;
}

/**
 * Sends files into a folder. If the component leaves the page, its uploads end.
 * @param options.concurrency how many files are sent at once: by default 3
 */
export function useUploads({
  prefix = '',
  team,
  concurrency = 3,
}: FolderOptions & { concurrency?: number } = {}): Uploads {
  const gateway = useGateway();
  const [queue] = useState(createUploadQueue);
  const uploads = useSyncExternalStore(queue.subscribe, queue.getSnapshot, queue.getSnapshot);
  useEffect(() => queue.setConcurrency(concurrency), [queue, concurrency]);
  useEffect(() => queue.stop, [queue]);
  const add = useCallback<Uploads['add']>(
    (files, options) => {
      const named = [...files].map((file) => ({ file, name: prefix + file.name }));
      return queue.add(folderOf(gateway, team), named, options);
    },
    [gateway, prefix, queue, team],
  );
  return { uploads, add, cancel: queue.cancel, retry: queue.retry };
}

function useProvided(): Gateway | CookieGateway {
  const gateway = useContext(Context);
  if (!gateway) throw new TypeError('put <GatewayProvider gateway={…}> around the components with hooks');
  return gateway;
}

function folderOf(gateway: Gateway, team: string | undefined): Folder {
  return team === undefined ? gateway : gateway.team(team);
}

function listenToNobody(): () => void {
  return () => {};
}
