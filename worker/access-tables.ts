// What the Directory keeps of ways into the dashboard: digests of one-time codes and of view-only links, and how often
// an address guessed wrong. Digests only: whoever reads the disk can open nothing with it.
import type { LinkPlace, ViewLink } from './access-links.ts';

type LinkRow = {
  link_id: string;
  site_id: string;
  name: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
};

export class AccessTables {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS sign_in_codes (digest TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS view_links (link_id TEXT PRIMARY KEY, digest TEXT NOT NULL, site_id TEXT NOT NULL,
        name TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS sign_in_failures (client TEXT PRIMARY KEY, since INTEGER NOT NULL,
        failures INTEGER NOT NULL) WITHOUT ROWID;
    `);
  }

  addCode(digest: string, expiresAt: number): void {
    this.#sql.exec('INSERT INTO sign_in_codes (digest, expires_at) VALUES (?, ?)', digest, expiresAt);
  }

  /** True once for each code that has not expired. */
  useCode(digest: string, now: number): boolean {
    const used = this.#sql.exec('DELETE FROM sign_in_codes WHERE digest = ? AND expires_at > ?', digest, now);
    return used.rowsWritten > 0;
  }

  addLink(digest: string, { link_id, site_id, name, created_at, expires_at }: ViewLink): void {
    const times = [Date.parse(created_at), Date.parse(expires_at)];
    this.#sql.exec(
      'INSERT INTO view_links (link_id, digest, site_id, name, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
      link_id,
      digest,
      site_id,
      name,
      ...times,
    );
  }

  /** Links of a site that still open it, newest first, after the one at which a page ended. */
  links(siteId: string, now: number, limit: number, after: LinkPlace | null): ViewLink[] {
    const query = `SELECT * FROM view_links WHERE site_id = ?1 AND expires_at > ?2
      AND (created_at < ?3 OR (created_at = ?3 AND link_id > ?4)) ORDER BY created_at DESC, link_id LIMIT ?5`;
    const { created_at, link_id } = after ?? { created_at: Number.MAX_SAFE_INTEGER, link_id: '' };
    return [...this.#sql.exec<LinkRow>(query, siteId, now, created_at, link_id, limit)].map(toLink);
  }

  link(by: { digest: string } | { link_id: string }, now: number): ViewLink | null {
    const [column, value] = 'digest' in by ? ['digest', by.digest] : ['link_id', by.link_id];
    const query = `SELECT * FROM view_links WHERE ${column} = ? AND expires_at > ?`;
    const [row] = this.#sql.exec<LinkRow>(query, value, now);
    return row ? toLink(row) : null;
  }

  noteUse(linkId: string, now: number): void {
    this.#sql.exec('UPDATE view_links SET used_at = ? WHERE link_id = ?', now, linkId);
  }

  removeLink(siteId: string, linkId: string): boolean {
    const removed = this.#sql.exec('DELETE FROM view_links WHERE site_id = ? AND link_id = ?', siteId, linkId);
    return removed.rowsWritten > 0;
  }

  removeLinks(siteId: string): void {
    this.#sql.exec('DELETE FROM view_links WHERE site_id = ?', siteId);
  }

  failures(client: string, since: number): number {
    const query = 'SELECT failures FROM sign_in_failures WHERE client = ? AND since > ?';
    const [row] = this.#sql.exec<{ failures: number }>(query, client, since);
    return row?.failures ?? 0;
  }

  addFailure(client: string, now: number): void {
    this.#sql.exec(
      `INSERT INTO sign_in_failures (client, since, failures) VALUES (?, ?, 1)
        ON CONFLICT (client) DO UPDATE SET failures = failures + 1`,
      client,
      now,
    );
  }

  prune(now: number, failuresBefore: number): void {
    this.#sql.exec('DELETE FROM sign_in_codes WHERE expires_at <= ?', now);
    this.#sql.exec('DELETE FROM view_links WHERE expires_at <= ?', now);
    this.#sql.exec('DELETE FROM sign_in_failures WHERE since <= ?', failuresBefore);
  }
}

const iso = (ms: number) => new Date(ms).toISOString();
const toLink = ({ link_id, site_id, name, created_at, expires_at, used_at }: LinkRow): ViewLink => ({
  link_id,
  site_id,
  name,
  created_at: iso(created_at),
  expires_at: iso(expires_at),
  last_used_at: used_at === null ? null : iso(used_at),
});
