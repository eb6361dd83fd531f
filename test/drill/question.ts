import type { Fault } from './faults.ts';
import type { Person } from './people.ts';
import type { Part, System } from './system.ts';

/** What is broken, and how. */
export interface Damage {
  part: Part;
  fault: Fault;
}

/** An answer while something was broken. */
export interface Answer {
  /** 0 where none came. */
  status: number;
  /** Of a problem document. */
  code?: string;
  milliseconds: number;
  body: unknown;
  /** The names of cookies that it sets or clears. */
  cookies: string[];
}

/** Something that a person asks the service for. */
export interface Question {
  name: string;
  /** The status of an answer that says: done. */
  done: number;
  /** What is there before anything breaks. @param login of nobody else */
  prepare(system: System, login: string, damage: Damage | undefined): Promise<Prepared>;
}

export interface Prepared {
  /** Waits, once it is broken, until the question makes sense. */
  untilBroken?(): Promise<void>;
  ask(): Promise<Response>;
  /** It can be asked once only. */
  isOnce?: boolean;
  /** Whose sessions end by it, and whose go on. */
  ends?: Person[];
  keeps?: Person[];
  /** Links that open nothing once it is done. */
  closes?: string[];
  /** What else is true once everything is whole again. @returns what is not */
  untrue?(answer: Answer, isDone: boolean): Promise<string[]>;
}
