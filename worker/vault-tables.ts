// The Directory's secrets on disk, sealed: for each site its proof secret and key pairs, for each integration its
// webhook secrets and custom headers. Apart from the documents, so that a document can be shown as it is.
import type { SealedKey } from './credentials.ts';

/** `public_key` and `masked` are what may be shown. Times in ms. */
export type KeptPair = SealedKey & { kid: string; public_key: string };
export type KeptSecret = SealedKey & { masked: string; created_at: number };

/** Newest first. */
export type SiteSecrets = { proof_secret: string; pairs: KeptPair[] };
export type IntegrationSecrets = { site_id: string; secrets: KeptSecret[]; headers: Record<string, string> };

type SiteRow = { site_id: string; proof_secret: string; pairs: string };
type IntegrationRow = { integration_id: string; site_id: string; secrets: string; headers: string };

export class VaultTables {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS site_secrets (site_id TEXT PRIMARY KEY, proof_secret TEXT NOT NULL,
        pairs TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS integration_secrets (integration_id TEXT PRIMARY KEY, site_id TEXT NOT NULL,
        secrets TEXT NOT NULL, headers TEXT NOT NULL) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS integration_secrets_site ON integration_secrets (site_id);
    `);
  }

  site(siteId: string): SiteSecrets | null {
    const [row] = this.#sql.exec<SiteRow>('SELECT * FROM site_secrets WHERE site_id = ?', siteId);
    return row ? { proof_secret: row.proof_secret, pairs: JSON.parse(row.pairs) } : null;
  }

  siteIds(): string[] {
    return [...this.#sql.exec<SiteRow>('SELECT * FROM site_secrets')].map(({ site_id }) => site_id);
  }

  saveSite(siteId: string, { proof_secret, pairs }: SiteSecrets): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO site_secrets (site_id, proof_secret, pairs) VALUES (?, ?, ?)',
      siteId,
      proof_secret,
      JSON.stringify(pairs),
    );
  }

  removeSite(siteId: string): void {
    this.#sql.exec('DELETE FROM site_secrets WHERE site_id = ?', siteId);
    this.#sql.exec('DELETE FROM integration_secrets WHERE site_id = ?', siteId);
  }

  integration(integrationId: string): IntegrationSecrets | null {
    const query = 'SELECT * FROM integration_secrets WHERE integration_id = ?';
    const [row] = this.#sql.exec<IntegrationRow>(query, integrationId);
    return row ? { site_id: row.site_id, secrets: JSON.parse(row.secrets), headers: JSON.parse(row.headers) } : null;
  }

  integrationIds(siteId: string): string[] {
    const query = 'SELECT * FROM integration_secrets WHERE site_id = ?';
    return [...this.#sql.exec<IntegrationRow>(query, siteId)].map(({ integration_id }) => integration_id);
  }

  saveIntegration(integrationId: string, { site_id, secrets, headers }: IntegrationSecrets): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO integration_secrets (integration_id, site_id, secrets, headers) VALUES (?, ?, ?, ?)',
      integrationId,
      site_id,
      JSON.stringify(secrets),
      JSON.stringify(headers),
    );
  }

  removeIntegration(integrationId: string): void {
    this.#sql.exec('DELETE FROM integration_secrets WHERE integration_id = ?', integrationId);
  }
}
