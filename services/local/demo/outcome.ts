/** The result of an attempt: the answer, and the edge's record of what decided so. It holds no secret. */
export interface Outcome {
  kind: string;
  /** The path without the query, because the query may hold a signature. */
  path: string;
  status: number;
  code?: string | undefined;
  step?: string | undefined;
  clause?: string | undefined;
  isAsItShould: boolean;
}
