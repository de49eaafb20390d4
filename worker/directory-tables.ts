// The Directory's disk: sites and integrations as JSON documents, in order of creation. They hold no secret and are
// shown as they are; secrets lie in vault-tables.ts.
import type { Integration, Site } from './config.ts';

type Row = { seq: number; document: string };

/** `seq`: its place in the order of creation. */
export type KeptSite = { seq: number; site: Site };
export type KeptIntegration = { seq: number; integration: Integration };

export class DirectoryTables {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS sites (seq INTEGER PRIMARY KEY AUTOINCREMENT, site_id TEXT UNIQUE NOT NULL,
        document TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS integrations (seq INTEGER PRIMARY KEY AUTOINCREMENT, integration_id TEXT UNIQUE NOT NULL,
        site_id TEXT NOT NULL, document TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS integrations_site ON integrations (site_id, seq);
    `);
  }

  site(siteId: string): Site | null {
    const [row] = this.#sql.exec<Row>('SELECT * FROM sites WHERE site_id = ?', siteId);
    return row ? JSON.parse(row.document) : null;
  }

  sites(after: number, limit: number): KeptSite[] {
    const rows = this.#sql.exec<Row>('SELECT * FROM sites WHERE seq > ? ORDER BY seq LIMIT ?', after, limit);
    return [...rows].map(({ seq, document }) => ({ seq, site: JSON.parse(document) }));
  }

  addSite(site: Site): void {
    this.#sql.exec('INSERT INTO sites (site_id, document) VALUES (?, ?)', site.site_id, JSON.stringify(site));
  }

  saveSite(site: Site): void {
    this.#sql.exec('UPDATE sites SET document = ? WHERE site_id = ?', JSON.stringify(site), site.site_id);
  }

  removeSite(siteId: string): void {
    this.#sql.exec('DELETE FROM integrations WHERE site_id = ?', siteId);
    this.#sql.exec('DELETE FROM sites WHERE site_id = ?', siteId);
  }

  integration(integrationId: string): Integration | null {
    const [row] = this.#sql.exec<Row>('SELECT * FROM integrations WHERE integration_id = ?', integrationId);
    return row ? JSON.parse(row.document) : null;
  }

  integrations(siteId: string, after = 0, limit = -1): KeptIntegration[] {
    const rows = this.#sql.exec<Row>(
      'SELECT * FROM integrations WHERE site_id = ? AND seq > ? ORDER BY seq LIMIT ?',
      siteId,
      after,
      limit,
    );
    return [...rows].map(({ seq, document }) => ({ seq, integration: JSON.parse(document) }));
  }

  addIntegration(integration: Integration): void {
    const values = [integration.integration_id, integration.site_id, JSON.stringify(integration)];
    this.#sql.exec('INSERT INTO integrations (integration_id, site_id, document) VALUES (?, ?, ?)', ...values);
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
