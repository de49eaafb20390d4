// A form that came after its session had ended: what was typed into it, kept until somebody is signed in, and shown
// with a button that sends it. It is never sent without that button, so the token of forms means what it meant.
// It waits in the page alone, as `kept`, not on the server.
import { INTEGRATION, type Labels, SITE } from './labels.ts';
import { Layout } from './layout.tsx';
import type { PageContext } from './page.ts';

/** What the session or the page adds. */
const NOT_ENTERED = ['token', 'version'];
/** What is chosen or confirmed on its page, with what it leads to in sight: alone it is not kept but asked for anew. */
const NOT_TYPED = [...NOT_ENTERED, 'typed', 'person', 'integration_id', 'within', 'leaked', 'catch_up'];

const LABELS: Labels = { ...SITE, ...INTEGRATION };
/** As its form calls it, where the field has the name that the API gives it. */
const labelOf = (name: string): string => LABELS[name] ?? LABELS[`settings.${name}`] ?? name;

/** What was posted, without the token of its session, as a query; '' where nothing was typed. */
export async function keepForm(c: PageContext): Promise<string> {
  const body = await c.req.parseBody({ all: true });
  const entries = Object.entries(body).flatMap(([name, values]) =>
    [values].flat().flatMap((value): [string, string][] => (typeof value === 'string' ? [[name, value]] : [])),
  );
  if (entries.every(([name, value]) => NOT_TYPED.includes(name) || value.trim() === '')) return '';
  return new URLSearchParams(entries.filter(([name]) => name !== 'token')).toString();
}

/** `to`: the address of ours that the form was sent to; `token`: of the session that sends it now. */
export const KeptForm = ({ to, kept, token }: { to: string; kept: string; token: string }) => {
  const entries = [...new URLSearchParams(kept)];
  const entered = entries.filter(([name, value]) => !NOT_ENTERED.includes(name) && value.trim() !== '');
  return (
    <Layout title="Not sent yet" narrow>
      <form class="card stack" method="post" action={to}>
        <h1>Not sent yet</h1>
        <p>The session in which you entered this had ended, so nothing was changed. You are signed in again.</p>
        <dl class="facts">
          {entered.map(([name, value]) => (
            <>
              <dt>{labelOf(name)}</dt>
              <dd>{value}</dd>
            </>
          ))}
        </dl>
        <input type="hidden" name="token" value={token} />
        {entries.map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <div class="actions">
          <button type="submit">Send it now</button>
          <a href="/dashboard">Leave it</a>
        </div>
      </form>
    </Layout>
  );
};
