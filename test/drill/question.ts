import type { Damage } from './damage.ts';
import type { Person } from './people.ts';
import type { System } from './system.ts';

/** An answer while something was broken. */
export interface Answer {
  /** 0 if there was no answer. */
  status: number;
  /** The code of a problem document. */
  code?: string;
  milliseconds: number;
  body: unknown;
  /** The names of the cookies that the answer sets or clears. */
  cookies: string[];
}

/** A request of a person to the service. */
export interface Question {
  name: string;
  /** The status of a successful answer. */
  done: number;
  /** Prepares the question before anything breaks. @param login a name that no other person has */
  prepare(system: System, login: string, damage: Damage | undefined): Promise<Prepared>;
}

export interface Prepared {
  /** Waits after the fault begins, until the question makes sense. */
  untilBroken?(): Promise<void>;
  ask(): Promise<Response>;
  /** The question can be asked only once. */
  isOnce?: boolean;
  /** The people whose sessions this ends, and the people whose sessions go on. */
  ends?: Person[];
  keeps?: Person[];
  /** Links that open nothing afterwards. */
  closes?: string[];
  /** Checks more once everything works again. @returns the faults */
  untrue?(answer: Answer, isDone: boolean): Promise<string[]>;
}
