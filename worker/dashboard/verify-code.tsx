// How a receiver checks that a webhook is genuine, in five languages. Folded, so that one is read at a time.
import { Code } from './parts.tsx';
import { SNIPPETS } from './snippets.ts';

export const VerifyCode = () => (
  <section class="card stack">
    <h2>Check the signature</h2>
    <p class="lead">
      Every webhook is signed (<a href="/docs#webhooks">Standard Webhooks</a>). This needs no library but the language’s
      own:
    </p>
    {SNIPPETS.map(({ id, name, code }) => (
      <details name="verify" open={id === 'node'}>
        <summary>{name}</summary>
        <Code label={`the code for ${name}`} text={code} />
      </details>
    ))}
  </section>
);
