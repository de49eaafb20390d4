import { describe, expect, test } from 'vitest';
import { type Fares, type Phrase, summarize } from '../../worker/dashboard/summary.ts';

const AT = Date.parse('2026-11-23T14:05:00Z');
const totals = (SignUpSuccess: number, SiteViewed = 10 * SignUpSuccess) => ({
  SignUpSuccess,
  SiteViewed,
  WebhookSuccess: 0,
  WebhookError: 0,
  pending: 0,
});
const tool = (name: string, more: Partial<Fares> = {}): Fares => ({
  integration_id: name,
  name,
  state: 'ok',
  succeeded: 12,
  failed: 0,
  skipped: 0,
  pending: 0,
  success_rate: 1,
  p50_ms: 90,
  p95_ms: 180,
  last_error: null,
  triggers: ['SignUpSuccess'],
  failing_since: null,
  ...more,
});
const failing = (name: string, last_error = 'The endpoint answered 401.') =>
  tool(name, { state: 'failing', succeeded: 0, failed: 3, failing_since: AT, last_error });
const words = (phrases: Phrase[]) =>
  phrases
    .map((phrase) => (typeof phrase === 'string' ? phrase : new Date(phrase.at).toISOString().slice(11, 16)))
    .join('');
const say = (signUps: number, tools: Fares[], views?: number) => {
  const { tone, phrases } = summarize(totals(signUps, views), tools, '24h');
  return [tone, words(phrases)];
};

describe('one line in words', () => {
  test('asks for the tag where nothing has arrived and nothing is connected', () => {
    expect(say(0, [])).toEqual(['idle', 'Nothing has arrived yet. Put the tag on your pages.']);
  });

  test('warns that nobody is told where events come and nothing is connected', () => {
    expect(say(1_204, [])).toEqual([
      'warn',
      '1,204 sign-ups counted, but no tool is connected: nobody is told of them.',
    ]);
    expect(say(0, [], 1)).toEqual(['warn', '1 view counted, but no tool is connected: nobody is told of them.']);
  });

  test('names the tools that all sign-ups reached', () => {
    expect(say(12, [tool('Mailchimp')])).toEqual(['good', 'All sign-ups reached Mailchimp.']);
    expect(say(12, [tool('Mailchimp'), tool('Slack'), tool('Xero')])).toEqual([
      'good',
      'All sign-ups reached Mailchimp, Slack and Xero.',
    ]);
  });

  test('does not claim sign-ups for a tool that did not ask for them', () => {
    expect(say(12, [tool('Slack', { triggers: ['SiteViewed'] })])).toEqual(['good', 'Everything reached Slack.']);
  });

  test('says which tool fails, since when, why and what to do, beside those that work', () => {
    expect(say(12, [tool('Mailchimp'), tool('Slack'), failing('HubSpot')])).toEqual([
      'bad',
      'All sign-ups reached Mailchimp and Slack; HubSpot has been failing since 14:05: it answers 401, renew its key.',
    ]);
  });

  test('leads to where those deliveries are: failed, tried again, or skipped', () => {
    const leads = (...tools: Fares[]) => summarize(totals(12), tools, '24h').next;
    const retrying = tool('HubSpot', { state: 'failing', succeeded: 0, pending: 12, failing_since: AT });
    expect(leads(tool('Slack'), failing('HubSpot'))).toBe('failed');
    expect(leads(tool('Slack'), retrying)).toBe('retrying');
    expect(leads(tool('Slack', { state: 'disabled', skipped: 4 }))).toBe('skipped');
    expect(leads(tool('Slack', { state: 'disabled', skipped: 4, failed: 1 }))).toBe('failed');
    expect(leads(tool('Slack', { failed: 1 }))).toBe('failed');
    expect(leads(tool('Slack', { state: 'disabled' }))).toBe(undefined);
  });

  test('says an error that is not the endpoint’s own in its words', () => {
    const [, line] = say(12, [failing('HubSpot', 'Only https:// URLs can be called.')]);
    expect(line).toBe('HubSpot has been failing since 14:05: Only https:// URLs can be called.');
  });

  test('names two failing tools, and counts the others', () => {
    const [tone, line] = say(12, [failing('A'), failing('B'), failing('C'), failing('D')]);
    expect(tone).toBe('bad');
    expect(line).toContain('A has been failing since 14:05');
    expect(line).toContain('; B has been failing since 14:05');
    expect(line).toContain('; and 2 more fail.');
  });

  test('says that a tool is switched off and what it missed', () => {
    expect(say(12, [tool('Mailchimp'), tool('Slack', { state: 'disabled', succeeded: 0, skipped: 4 })])).toEqual([
      'warn',
      'All sign-ups reached Mailchimp; Slack is switched off and missed 4 events.',
    ]);
  });

  test('says what was lost for good where the tool works again', () => {
    expect(say(12, [tool('Mailchimp', { failed: 1 })])).toEqual([
      'warn',
      '1 delivery to Mailchimp failed for good in the last 24 hours, but it works now.',
    ]);
  });

  test('says what is on the way', () => {
    expect(say(12, [tool('Mailchimp'), tool('Slack', { pending: 2 })])).toEqual([
      'good',
      'All sign-ups reached Mailchimp; 2 deliveries on the way to Slack.',
    ]);
  });

  test('says that a quiet site is ready', () => {
    const quiet = tool('Mailchimp', { succeeded: 0 });
    expect(say(0, [quiet])).toEqual(['idle', 'Nothing happened in the last 24 hours; Mailchimp is ready.']);
    expect(say(0, [quiet], 5)).toEqual(['good', 'Nothing had to be sent in the last 24 hours; Mailchimp is ready.']);
  });

  test('stays short with many tools', () => {
    const many = ['A', 'B', 'C', 'D', 'E', 'F'].map((name) => tool(name));
    expect(say(12, many)).toEqual(['good', 'All sign-ups reached A, B, C and 3 others.']);
  });
});
