import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { ViewLinkInput } from '../../worker/access-links.ts';
import { IntegrationInput, SiteInput, SitePatch } from '../../worker/config.ts';
import { checkForm } from '../../worker/dashboard/form.ts';
import { INTEGRATION, type Labels, LINK, PERSON, SITE } from '../../worker/dashboard/labels.ts';
import { toLines } from '../../worker/dashboard/wording.ts';
import { Guid } from '../../worker/guid.ts';

const linesFor = (schema: z.ZodType, labels: Labels, entered: unknown): string[] => {
  const checked = checkForm(schema, entered);
  if (checked.ok || checked.reason.tag !== 'invalid') return [];
  return toLines(checked.reason.issues, labels).map(({ label, text }) => `${label}: ${text}`);
};
const site = { site_name: 'Shop', origins: ['*'] };
const integration = { name: 'Mail', url: 'https://example.com/hook', triggers: ['SignUpSuccess'] };

describe('what a form says is wrong names the field by its label, once', () => {
  test.each<[z.ZodType, Labels, object | string, string[]]>([
    [
      SiteInput,
      SITE,
      { ...site, origins: ['not', 'an', 'origin'] },
      [
        'Origins: Each must be an origin such as https://shop.example.com or https://*.example.com, without a path, or *.',
      ],
    ],
    [
      SiteInput,
      SITE,
      { site_name: '', origins: [] },
      ['Name: This must not be empty.', 'Origins: Enter at least one.'],
    ],
    [SiteInput, SITE, { ...site, site_name: 'x'.repeat(201) }, ['Name: This must have 200 characters at most.']],
    [
      SitePatch,
      SITE,
      { settings: { retention_days: 0, shards: Number.NaN } },
      ['Shards: This must be a whole number.', 'Keep records for days: This must be 1 or more.'],
    ],
    [
      IntegrationInput,
      INTEGRATION,
      { ...integration, triggers: [] },
      ['Tell it when: Choose at least one event to send.'],
    ],
    [
      IntegrationInput,
      INTEGRATION,
      { ...integration, schedule_seconds: [5, 0, Number.NaN, 1.5], max_per_second: 1e9 },
      [
        'Waits between attempts, in seconds: Each must be 1 or more.',
        'Waits between attempts, in seconds: Each must be a whole number.',
        'Deliveries a second, at most: This must be 1000 or less.',
      ],
    ],
    [
      IntegrationInput,
      INTEGRATION,
      { ...integration, headers: { 'Webhook-Id': 'mine' } },
      ['Headers to send along: Webhook-Id is set by hubwire or by HTTP itself; choose another name.'],
    ],
    [ViewLinkInput, LINK, { name: ' ', expires_in_days: 7 }, ['For whom: This must not be empty.']],
    [
      Guid,
      PERSON,
      'Joe Bloggs',
      ['user_profile_id or user_session_id: This must be a GUID such as 2d5776b8-158a-4216-aaa1-edbc249e005b.'],
    ],
  ])('of %# in whole sentences', (schema, labels, entered, lines) => {
    expect(linesFor(schema, labels, entered)).toEqual(lines);
  });

  test('and of what belongs to no field only the sentence', () => {
    const issue = { path: 'event_id', message: 'It has not ended.' };
    expect(toLines([issue], {})).toEqual([{ label: undefined, text: 'It has not ended.' }]);
  });
});
