import { expect, test } from 'vitest';
import { checkEndpoint } from '../../worker/endpoint.ts';

const production = { loopback: false, ownHosts: ['hub.example.com', 'hub.example.com:8443'] };
const local = { loopback: true, ownHosts: ['127.0.0.1:8787'] };

test.each([
  'https://example.com/hook',
  'https://hooks.zapier.com/a?b=c',
  'https://EXAMPLE.com:443/',
  'https://xn--bcher-kva.example/',
])('%s may be called', (url) => {
  expect(checkEndpoint(url, production).ok).toBe(true);
});

test.each([
  ['', 'not_a_url'],
  ['example.com', 'not_a_url'],
  ['ftp://example.com', 'scheme_not_allowed'],
  ['javascript:alert(1)', 'scheme_not_allowed'],
  ['http://example.com', 'scheme_not_allowed'],
  ['https://user:pass@example.com', 'credentials_in_url'],
  ['https://user@example.com', 'credentials_in_url'],
  ['https://example.com:8443', 'port_not_allowed'],
  ['https://93.184.216.34', 'address_not_allowed'],
  ['https://2130706433', 'address_not_allowed'],
  ['https://0x7f.1', 'address_not_allowed'],
  ['https://0177.0.0.1', 'address_not_allowed'],
  ['https://[::1]', 'address_not_allowed'],
  ['https://[::ffff:127.0.0.1]', 'address_not_allowed'],
  ['https://[::ffff:7f00:1]', 'address_not_allowed'],
  ['https://１２７.0.0.1', 'address_not_allowed'],
  ['https://localhost', 'host_not_allowed'],
  ['https://localhost.', 'host_not_allowed'],
  ['https://localhost..', 'host_not_allowed'],
  ['https://10.0.0.1..', 'address_not_allowed'],
  ['https://printer', 'host_not_allowed'],
  ['https://printer.local', 'host_not_allowed'],
  ['https://metadata.google.internal', 'host_not_allowed'],
  ['https://hub.example.com/v1/events', 'host_not_allowed'],
  ['https://HUB.example.com.', 'host_not_allowed'],
  ['https://hub.example.com..', 'host_not_allowed'],
  ['https://hub.example.com:8443', 'host_not_allowed'],
  ['https://[::ffff:10.0.0.1]', 'address_not_allowed'],
  ['https://[64:ff9b::a00:1]', 'address_not_allowed'],
  ['https://0', 'address_not_allowed'],
  ['https://3232235777', 'address_not_allowed'],
  ['https://169.254.169.254/latest/meta-data', 'address_not_allowed'],
  ['https://someone.workers.dev', 'host_not_allowed'],
])('%s is refused in production: %s', (url, reason) => {
  expect(checkEndpoint(url, production)).toEqual({ ok: false, reason });
});

test.each([
  'http://127.0.0.1:9000/hook',
  'http://127.8.9.10',
  'http://localhost:1',
  'http://[::1]:9000',
  'http://2130706433:8080',
])('%s may be called where loopback is allowed', (url) => {
  expect(checkEndpoint(url, local).ok).toBe(true);
});

test.each([
  'http://10.0.0.1',
  'https://10.0.0.1',
  'http://169.254.169.254',
  'https://192.168.1.1',
  'http://[fd00::1]',
  'http://example.com',
  'http://u@127.0.0.1',
  'http://127.0.0.1:8787/v1/events',
  'http://[::ffff:127.0.0.1]:9000',
  'http://0.0.0.0:9000',
])('%s is refused even where loopback is allowed', (url) => {
  expect(checkEndpoint(url, local).ok).toBe(false);
});
