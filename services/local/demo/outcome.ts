/** The result of an attempt: the answer, and what the edge says of it. It holds no secret. */
export interface Outcome {
  kind: string;
  /** The path without the query, because the query may hold a signature. */
  path: string;
  status: number;
  code?: string | undefined;
  /** The step that decided, and its reason. */
  explained: string;
  isAsItShould: boolean;
}
