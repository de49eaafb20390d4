// The sign-up page of a small shop that does not exist, and the page it leads to.
// Owns what a customer of hubwire would paste: one script tag, and `data-hub-signup` on the form.
// Trade-off: the password field is there to show that it is never captured; the demo itself throws it away.
import { html } from 'hono/html';
import { DEMO_SITE_ID } from '../seed.ts';
import { type Html, page } from './layout.ts';

const tag = (collectorUrl: string) =>
  html`<script async src="${collectorUrl}/hub.js" data-site="${DEMO_SITE_ID}"></script>`;

const loaf = html`<svg class="loaf" viewBox="0 0 240 150" role="img" aria-label="A round loaf of bread">
<ellipse class="plate" cx="120" cy="128" rx="108" ry="14"/>
<path class="crust" d="M20 112c-6-52 44-92 100-92s106 40 100 92c-2 14-16 18-100 18s-98-4-100-18z"/>
<path class="score" d="M70 50q22 26 18 62M112 38q18 32 12 76M156 46q12 32 2 66"/>
</svg>`;

const header = html`<header class="bar">
  <a class="brand" href="/">Sunday Loaf</a>
  <a class="quiet" href="/receiver" target="receiver">Watch the webhooks</a>
</header>`;

/** Where people sign up. */
export function signUpPage(collectorUrl: string): Html {
  return page({
    title: 'Sunday Loaf · Bread on your doorstep',
    theme: 'shop',
    head: tag(collectorUrl),
    body: html`${header}
<main class="shop">
  <section class="pitch">
    ${loaf}
    <h1>Real sourdough, on your doorstep by Sunday breakfast.</h1>
    <p>Three ingredients, thirty hours, one wood oven. We bake on Saturday night and ride out before you wake.</p>
    <ul>
      <li>Pause or stop whenever you like</li>
      <li>Baked from local heritage wheat</li>
      <li>The first loaf is on us</li>
    </ul>
  </section>
  <form class="card" method="post" action="/signup" data-hub-signup>
    <h2>Reserve your loaf</h2>
    <label>First name
      <input name="first_name" autocomplete="given-name" required maxlength="100">
    </label>
    <label>Email
      <input name="email" type="email" autocomplete="email" required maxlength="200" placeholder="you@example.com">
    </label>
    <label>Password
      <input name="password" type="password" autocomplete="new-password" required minlength="4" aria-describedby="never">
      <small id="never">Never captured by hubwire: watch for yourself.</small>
    </label>
    <fieldset>
      <legend>How much bread?</legend>
      <div class="plans">
        <label><input type="radio" name="plan" value="half"><span><b>Half</b> €3 a week</span></label>
        <label><input type="radio" name="plan" value="whole" checked><span><b>Whole</b> €5 a week</span></label>
        <label><input type="radio" name="plan" value="family"><span><b>Family</b> €9 a week</span></label>
      </div>
    </fieldset>
    <label class="check"><input type="checkbox" name="optin" value="true"> Send me the baker’s letter once a month</label>
    <button>Sign up</button>
  </form>
</main>
<footer class="foot">This shop is hubwire’s demo. Signing up stores nothing here: it becomes a signed webhook to the
  <a href="/receiver" target="receiver">demo receiver</a>.</footer>`,
  });
}

/** After the sign-up. */
export function welcomePage(collectorUrl: string): Html {
  return page({
    title: 'Welcome · Sunday Loaf',
    theme: 'shop',
    head: tag(collectorUrl),
    body: html`${header}
<main class="shop done">
  <section class="pitch">
    ${loaf}
    <h1>Your first loaf is rising.</h1>
    <p>That was a plain form and a plain page load. Meanwhile hubwire raised <code>SignUpSuccess</code>, signed it and
      delivered it to the receiver.</p>
    <p class="actions"><a class="button" href="/receiver" target="receiver">See what arrived</a>
      <a class="quiet" href="/">Sign up again</a></p>
  </section>
</main>`,
  });
}
