// A signing secret, shown once: after an integration was made, and after its secret was replaced.
import type { CreatedIntegration } from '../rpc.ts';
import { type SiteFrame, SiteLayout } from './layout.tsx';
import { siteAt } from './page.ts';
import { Code } from './parts.tsx';
import { VerifyCode } from './verify-code.tsx';

export const SecretPage = ({
  title,
  integration,
  ...frame
}: SiteFrame & { title: string; integration: CreatedIntegration }) => (
  <SiteLayout {...frame} title={title} tab="integrations" narrow>
    <h1>{title}</h1>
    <section class="card stack">
      <h2>Signing secret of {integration.name}</h2>
      <p class="lead">
        Shown this once. Enter it where the tool asks for a signing secret, or keep it as <code>WEBHOOK_SECRET</code> on
        your server; with it the receiver knows that a webhook is genuine.
      </p>
      <Code label="the secret" text={integration.secret} />
      <p>
        <a class="button" href={siteAt(frame.site.site_id, `/integrations/${integration.integration_id}`)}>
          Go on to a test send
        </a>
      </p>
    </section>
    <VerifyCode />
  </SiteLayout>
);
