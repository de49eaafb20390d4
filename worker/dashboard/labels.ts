// The labels of the fields of forms, by the paths under which the API's schemas name them: a field and a complaint
// about it bear the same name.

export type Labels = Readonly<Record<string, string>>;

export const SITE = {
  site_name: 'Name',
  origins: 'Origins',
  'settings.retention_days': 'Keep records for days',
  'settings.shards': 'Shards',
} satisfies Labels;

export const INTEGRATION = {
  name: 'Name',
  url: 'Webhook URL',
  triggers: 'Tell it when',
  headers: 'Headers to send along',
  schedule_seconds: 'Waits between attempts, in seconds',
  max_per_second: 'Deliveries a second, at most',
} satisfies Labels;

export const LINK = { name: 'For whom', expires_in_days: 'Expires in days' } satisfies Labels;

/** The form holds nothing else, and its schema is the id itself. */
export const PERSON = { '': 'user_profile_id or user_session_id' } satisfies Labels;
