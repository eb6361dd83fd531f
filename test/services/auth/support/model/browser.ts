import type { TeamId } from '../../../../../core/owner.ts';

/** What a browser keeps. */
export interface Browser {
  cookie?: string | undefined;
  /** It is a client that is no browser, and `cookie` is an access token. */
  isBearer?: boolean;
  /** Of links that it has opened. */
  passes?: Pass[];
}

/** A link whose secret people have. */
export interface KnownLink {
  id: string;
  teamId: TeamId;
  secret: string;
  /** All that it had, or may have had, in their order. */
  passwords: string[];
}

interface Pass {
  id: string;
  pass: string;
  generation: number;
}
