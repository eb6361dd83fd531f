'use client';
import { useCallback, useEffect, useState } from 'react';
import { createGateway } from './gateway.ts';
import type { Gateway, Listing, ListOptions, Session, UploadedFile, UploadOptions } from './types.ts';

/** The gateway of this page. It sends nothing by itself. */
const ofPage = createGateway();

/**
 * Who is signed in: undefined until that is known (on a server: always), null if nobody is. Images, players and links
 * of the files host work again after their cookies have expired: `<img src={file.url}>` needs no component.
 * @param gateway one with options, made once and outside of components
 */
export function useGateway(gateway: Gateway = ofPage): {
  gateway: Gateway;
  session: Session | null | undefined;
  /** The reason why the session is not known: the app host does not answer, or refuses the page. */
  error?: unknown;
} {
  const [session, setSession] = useState<Session | null>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const endings = [
      gateway.on('session', setSession),
      gateway.on('signedout', () => setSession(null)),
      gateway.watchImages(),
    ];
    // If the app host does not answer, the client asks again, and an event follows.
    gateway.session().then(setSession, setError);
    return () => {
      for (const end of endings) end();
    };
  }, [gateway]);
  return session === undefined ? { gateway, session, error } : { gateway, session };
}

/** The files of the signed-in user. `files` is missing until they arrive. Call `reload` after a change of the files. */
export function useFiles(options: ListOptions = {}): Partial<Listing> & {
  error?: unknown;
  reload: () => void;
} {
  const userId = useGateway().session?.user.id;
  const [listed, setListed] = useState<Partial<Listing> & { error?: unknown }>({});
  const [count, setCount] = useState(0);
  const reload = useCallback(() => setCount((before) => before + 1), []);
  const asked = JSON.stringify({ ...options, count });
  useEffect(() => {
    let isCurrent = true;
    const set = (found: typeof listed) => isCurrent && setListed(found);
    const { count: _, ...wanted } = JSON.parse(asked);
    if (userId) ofPage.files.list(wanted).then(set, (error: unknown) => set({ error }));
    else set({});
    return () => {
      isCurrent = false;
    };
  }, [asked, userId]);
  return { ...listed, reload };
}

/** One upload at a time: `progress` from 0 to 1 while it runs, then `file` or `error`. */
export function useUpload(): {
  progress?: number;
  file?: UploadedFile;
  error?: unknown;
  /** Resolves to undefined if the upload failed. */
  upload: (file: File, options?: UploadOptions) => Promise<UploadedFile | undefined>;
} {
  const [state, setState] = useState<{ progress?: number; file?: UploadedFile; error?: unknown }>({});
  const upload = useCallback(async (chosen: File, options: UploadOptions = {}) => {
    setState({ progress: 0 });
    const onProgress = (progress: number) => setState({ progress });
    try {
      const file = await ofPage.files.upload(chosen, { onProgress, ...options });
      setState({ file });
      return file;
    } catch (error) {
      setState({ error });
      return undefined;
    }
  }, []);
  return { ...state, upload };
}
