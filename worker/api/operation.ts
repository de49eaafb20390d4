// What one operation of the admin API is: its address, what it takes and answers as zod schemas, and what it does.
// Routing, checking and the OpenAPI document are all made from this, so that none can differ from the others.
import type { z } from 'zod';
import type { Env } from '../bindings.ts';
import type { Reject } from '../reject.ts';
import type { Result } from '../result.ts';

export type Shape = z.ZodType;
type Out<S> = S extends z.ZodType ? z.output<S> : undefined;

export type Input<P, Q, B> = {
  params: Out<P>;
  query: Out<Q>;
  body: Out<B>;
  /** The header If-Match, where it was sent. */
  ifMatch: string | undefined;
  /** Under which the collector was asked. */
  host: string;
  env: Env;
  now: number;
};

export type Operation<P = Shape | undefined, Q = Shape | undefined, B = Shape | undefined> = {
  /** Unique; becomes the `operationId`. */
  name: string;
  summary: string;
  method: 'get' | 'post' | 'patch' | 'delete';
  /** With parameters as `:name`. */
  path: string;
  params?: P;
  query?: Q;
  body?: B;
  /** The answer has an ETag; a change takes If-Match. */
  versioned?: true;
  /** The status and shape of success. 204 has no body. */
  status: 200 | 201 | 204;
  answer?: Shape;
  /** Refusals beyond those that follow from the rest: status and description. */
  errors?: [status: number, description: string][];
  run(input: Input<P, Q, B>): Promise<Result<unknown, Reject>>;
};

/** Keeps the types of the schemas for `run`, and forgets them for the list. */
export const operation = <
  P extends Shape | undefined = undefined,
  Q extends Shape | undefined = undefined,
  B extends Shape | undefined = undefined,
>(
  described: Operation<P, Q, B>,
): Operation => described as unknown as Operation;
