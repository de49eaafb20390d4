// Does what an operation of the admin API does, for pages that offer the same: one set of rules, one way of refusing.
import type { z } from 'zod';
import { operations } from '../api/operations.ts';
import type { Reject } from '../reject.ts';
import type { Result } from '../result.ts';
import { hostOf, type PageContext } from './page.ts';

/** `query` and `body` as the operation's schemas give them out; `answer` what its result looks like. */
export async function perform<T>(
  c: PageContext,
  name: string,
  input: { params: Record<string, string>; query?: unknown; body?: unknown },
  answer: z.ZodType<T>,
): Promise<Result<T, Reject>> {
  const operation = operations.find((known) => known.name === name);
  if (!operation) throw new Error(`there is no operation ${name}`);
  const { env, var: vars } = c;
  const result = await operation.run({
    body: {},
    query: {},
    ...input,
    ifMatch: undefined,
    host: hostOf(c),
    env,
    now: vars.now,
  });
  return result.ok ? { ok: true, value: answer.parse(result.value) } : result;
}
