// The page that asks who is there, as a function of what went before. Its form is answered by sign-in.tsx; guard.tsx
// shows it to whoever sends a form after the session has ended, and then it carries along what was typed.
import { Layout } from './layout.tsx';
import { Problems } from './problems.tsx';

type Props = {
  /** Where to go then. */
  to: string;
  problem?: string | undefined;
  /** A form that waits for the sign-in, as kept-form.tsx has it; '' for none. */
  kept?: string;
};
export const SignInPage = ({ to, problem, kept = '' }: Props) => (
  <Layout title="Sign in" narrow>
    <form class="card lone" method="post" action="/dashboard/sign-in">
      <h1>Sign in</h1>
      {kept && (
        <p class="notice" data-tone="warn" role="status">
          Your session had ended, so nothing was changed. What you entered is kept: sign in to send it.
        </p>
      )}
      <Problems message={problem} />
      <input type="hidden" name="to" value={to} />
      <input type="hidden" name="kept" value={kept} />
      <input name="username" autocomplete="username" value="admin" hidden readonly />
      <div class="field">
        <label for="token">Admin token</label>
        <input
          id="token"
          name="token"
          type="password"
          required
          autocomplete="current-password"
          aria-describedby="token-hint"
        />
        <p class="hint" id="token-hint">
          <code>npm start</code> prints it, with a link that signs in at once. In production it is the secret{' '}
          <code>ADMIN_TOKEN</code>.
        </p>
      </div>
      <button type="submit">Sign in</button>
    </form>
  </Layout>
);
