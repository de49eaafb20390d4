// The fields of a posted form as the API's schemas take them: text trimmed, lists of lines split, switches as booleans.
// What is right is decided by the same schemas and rules as for the API; a refusal comes back as issues to show.
import type { z } from 'zod';
import { type Reject, toAnswer, toIssues } from '../reject.ts';
import { fail, ok, type Result } from '../result.ts';
import type { PageContext } from './page.ts';
import { inWords } from './wording.ts';

export type Fields = {
  text(name: string): string;
  /** One entry a line; commas and spaces part them too. */
  lines(name: string): string[];
  all(name: string): string[];
  on(name: string): boolean;
};

export async function readFields(c: PageContext): Promise<Fields> {
  const body = await c.req.parseBody({ all: true });
  const all = (name: string) => [body[name] ?? []].flat().filter((value) => typeof value === 'string');
  const text = (name: string) => (all(name)[0] ?? '').trim();
  return {
    text,
    all,
    lines: (name) =>
      text(name)
        .split(/[\s,]+/)
        .filter(Boolean),
    on: (name) => all(name).length > 0,
  };
}

/** Checks by an API schema; what it has no words for is said in those of a form. */
export function checkForm<S extends z.ZodType>(schema: S, value: unknown): Result<z.output<S>, Reject> {
  const checked = schema.safeParse(value, { error: inWords });
  return checked.success ? ok(checked.data) : fail({ tag: 'invalid', issues: toIssues(checked.error) });
}

/** A refusal as the page shows it. */
export function explain(reject: Reject) {
  const { status, body } = toAnswer(reject);
  const { message, issues } = body.error;
  return {
    status: status === 404 || status === 409 ? status : (422 as const),
    message: issues ? undefined : message,
    issues,
  };
}
