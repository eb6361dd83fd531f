'use client';
import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useState,
} from 'react';
import { createGateway } from './gateway.ts';
import type { Folder, Gateway, Listing, ListOptions, Session, UploadedFile, UploadOptions } from './types.ts';

const Context = createContext<Gateway | undefined>(undefined);
/** The gateway of hooks without a provider. A gateway listens to other tabs, so nobody makes one that is not used. */
let ofPage: Gateway | undefined;

/**
 * The hooks of its children use this gateway.
 * @param props.gateway one with options, made once and outside of components
 */
export function GatewayProvider({ gateway, children }: { gateway: Gateway; children?: ReactNode }) {
  return createElement(Context.Provider, { value: gateway }, children);
}

/** Without `team`, the user's own folder. */
export interface FolderOptions {
  /** The id of a team. */
  team?: string | undefined;
}

/**
 * Who is signed in: undefined until that is known (on a server: always), null if nobody is. Images, players and links
 * of the files host work again after their cookies have expired: `<img src={file.url}>` needs no component.
 */
export function useGateway(): {
  gateway: Gateway;
  session: Session | null | undefined;
  /** The reason why the session is not known: the app host does not answer, or refuses the page. */
  error?: unknown;
} {
  const gateway = useGiven();
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

/**
 * The files of a folder. `files` is missing until they arrive, and once the user is no member of the team. Call `reload`
 * after a change of the files.
 */
export function useFiles({ team, ...options }: ListOptions & FolderOptions = {}): Partial<Listing> & {
  error?: unknown;
  reload: () => void;
} {
  const { gateway, session } = useGateway();
  const userId = session?.user.id;
  const of = JSON.stringify([userId, team]);
  const [listed, setListed] = useState<{ of?: string; found?: Partial<Listing> & { error?: unknown } }>({});
  const [count, setCount] = useState(0);
  const reload = useCallback(() => setCount((before) => before + 1), []);
  const asked = JSON.stringify({ ...options, count });
  useEffect(() => {
    if (!userId) return undefined;
    let isCurrent = true;
    const set = (found: Partial<Listing> & { error?: unknown }) => isCurrent && setListed({ of, found });
    const { count: _, ...wanted } = JSON.parse(asked);
    folderOf(gateway, team)
      .files.list(wanted)
      .then(set, (error: unknown) => set({ error }));
    const stop = gateway.on('teamleft', ({ id }) => id === team && reload());
    return () => {
      isCurrent = false;
      stop();
    };
  }, [asked, gateway, of, reload, team, userId]);
  // What is known of another user or folder is not shown.
  return { ...(listed.of === of && listed.found), reload };
}

/** One upload at a time: `progress` from 0 to 1 while it runs, then `file` or `error`. */
export function useUpload({ team }: FolderOptions = {}): {
  progress?: number;
  file?: UploadedFile;
  error?: unknown;
  /** Resolves to undefined if the upload failed. */
  upload: (file: File, options?: UploadOptions) => Promise<UploadedFile | undefined>;
} {
  const gateway = useGiven();
  const [state, setState] = useState<{ progress?: number; file?: UploadedFile; error?: unknown }>({});
  const upload = useCallback(
    async (chosen: File, options: UploadOptions = {}) => {
      setState({ progress: 0 });
      const onProgress = (progress: number) => setState({ progress });
      try {
        const file = await folderOf(gateway, team).files.upload(chosen, { onProgress, ...options });
        setState({ file });
        return file;
      } catch (error) {
        setState({ error });
        return undefined;
      }
    },
    [gateway, team],
  );
  return { ...state, upload };
}

function useGiven(): Gateway {
  const given = useContext(Context);
  if (given) return given;
  ofPage ??= createGateway();
  return ofPage;
}

function folderOf(gateway: Gateway, team: string | undefined): Folder {
  return team === undefined ? gateway : gateway.team(team);
}
