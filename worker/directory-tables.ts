// The Directory's disk: sites and integrations as JSON documents with their secrets beside them, in order of creation.
// Secrets stand in columns of their own, so that a document can be shown as it is.
import type { Integration, Site } from './config.ts';

type SiteRow = { seq: number; document: string; proof_secret: string };
type IntegrationRow = { seq: number; document: string; secret: string };

export type KeptSite = { site: Site; proof_secret: string };
export type KeptIntegration = { integration: Integration; secret: string };

export class DirectoryTables {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS sites (seq INTEGER PRIMARY KEY AUTOINCREMENT, site_id TEXT UNIQUE NOT NULL,
        document TEXT NOT NULL, proof_secret TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS integrations (seq INTEGER PRIMARY KEY AUTOINCREMENT, integration_id TEXT UNIQUE NOT NULL,
        site_id TEXT NOT NULL, document TEXT NOT NULL, secret TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS integrations_site ON integrations (site_id, seq);
    `);
  }

  site(siteId: string): KeptSite | null {
    const [row] = this.#sql.exec<SiteRow>('SELECT * FROM sites WHERE site_id = ?', siteId);
    return row ? { site: JSON.parse(row.document), proof_secret: row.proof_secret } : null;
  }

  sites(after: number, limit: number): { seq: number; site: Site }[] {
    const rows = this.#sql.exec<SiteRow>('SELECT * FROM sites WHERE seq > ? ORDER BY seq LIMIT ?', after, limit);
    return [...rows].map(({ seq, document }) => ({ seq, site: JSON.parse(document) }));
  }

  addSite({ site, proof_secret }: KeptSite): void {
    const values = [site.site_id, JSON.stringify(site), proof_secret];
    this.#sql.exec('INSERT INTO sites (site_id, document, proof_secret) VALUES (?, ?, ?)', ...values);
  }

  saveSite(site: Site): void {
    this.#sql.exec('UPDATE sites SET document = ? WHERE site_id = ?', JSON.stringify(site), site.site_id);
  }

  removeSite(siteId: string): void {
    this.#sql.exec('DELETE FROM integrations WHERE site_id = ?', siteId);
    this.#sql.exec('DELETE FROM sites WHERE site_id = ?', siteId);
  }

  integration(integrationId: string): KeptIntegration | null {
    const [row] = this.#sql.exec<IntegrationRow>('SELECT * FROM integrations WHERE integration_id = ?', integrationId);
    return row ? { integration: JSON.parse(row.document), secret: row.secret } : null;
  }

  integrations(siteId: string, after = 0, limit = -1): ({ seq: number } & KeptIntegration)[] {
    const rows = this.#sql.exec<IntegrationRow>(
      'SELECT * FROM integrations WHERE site_id = ? AND seq > ? ORDER BY seq LIMIT ?',
      siteId,
      after,
      limit,
    );
    return [...rows].map(({ seq, document, secret }) => ({ seq, integration: JSON.parse(document), secret }));
  }

  addIntegration({ integration, secret }: KeptIntegration): void {
    const values = [integration.integration_id, integration.site_id, JSON.stringify(integration), secret];
    this.#sql.exec(
      'INSERT INTO integrations (integration_id, site_id, document, secret) VALUES (?, ?, ?, ?)',
      ...values,
    );
  }

  saveIntegration(integration: Integration): void {
    const { integration_id } = integration;
    this.#sql.exec(
      'UPDATE integrations SET document = ? WHERE integration_id = ?',
      JSON.stringify(integration),
      integration_id,
    );
  }

  removeIntegration(integrationId: string): void {
    this.#sql.exec('DELETE FROM integrations WHERE integration_id = ?', integrationId);
  }
}
