// One attempt, where an object makes very many of them.
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { deliver, outsideOf } from '../../worker/deliver.ts';

test('12,000 attempts within the time that one may take all end: none leaves its timeout running', async () => {
  const outside = { ...outsideOf(env, Date.now), fetch: async () => new Response('ok') };
  const delivery = {
    id: crypto.randomUUID(),
    url: 'https://receiver.example.com/hook',
    body: '{}',
    attempt: 1,
    credentials: { site_id: '', integration_id: '', secrets: [], pairs: [], headers: {} },
    own_hosts: [],
  };
  for (let i = 0; i < 12_000; i++) expect((await deliver(delivery, outside)).status).toBe(200);
}, 30_000);
