// The form that deletes for good, of a site and of an integration alike: it says what goes along, and takes the name,
// typed, so that no click alone and no script is between somebody and what cannot be undone.
import type { Child } from 'hono/jsx';
import { invalid } from '../edit.ts';
import { readFields } from './form.ts';
import type { PageContext } from './page.ts';
import { Field } from './parts.tsx';
import { type Problem, Problems } from './problems.tsx';

type Props = {
  what: 'site' | 'integration';
  name: string;
  action: string;
  token: string;
  problem: Problem | undefined;
  /** What goes along, and that there is no way back. */
  children: Child;
};
export const DeleteForm = ({ what, name, action, token, problem, children }: Props) => (
  <form class="card danger stack" method="post" action={action}>
    <h2>Delete this {what}</h2>
    <Problems {...problem} />
    <p class="lead">{children}</p>
    <input type="hidden" name="token" value={token} />
    <Field id="typed" label={`Type ${name} to confirm`}>
      <input id="typed" name="typed" required autocomplete="off" />
    </Field>
    <div class="actions">
      <button type="submit" class="danger">
        Delete the {what}
      </button>
    </div>
  </form>
);

/** Null where the name was typed right, or else why nothing is deleted. */
export async function refuseDeletion(c: PageContext, what: Props['what'], name: string) {
  const typed = (await readFields(c)).text('typed');
  return asShown(typed) === asShown(name) ? null : invalid('', `Type the name of the ${what} exactly.`);
}

/** Pages show white space folded: what was typed from the page must do. */
const asShown = (name: string) => name.replaceAll(/\s+/g, ' ').trim();
