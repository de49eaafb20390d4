// The variables of `npm start`, checked once and typed.
// Owns their names, defaults and the sentences for wrong values; leaves what they do to launcher.ts.
// Trade-off: an unknown or wrong value stops the start, since a silently ignored one would be found in production.
import { resolve } from 'node:path';
import * as z from 'zod';
import { isLoopback } from '../endpoint.ts';
import { keyringOf } from '../seal.ts';
import { ADMIN_TOKEN_CHARS_MIN, PORT_DEFAULT, PORT_MAX } from './limits.ts';

const wholeNumber = (max: number) =>
  z
    .string()
    .regex(/^\d+$/, { error: `must be a whole number from 0 to ${max}` })
    .transform(Number)
    .refine((value) => value <= max, { error: `must be a whole number from 0 to ${max}` });

const Environment = z.object({
  PORT: wholeNumber(PORT_MAX).default(PORT_DEFAULT),
  HOST: z.string().default('127.0.0.1'),
  HUBWIRE_DATA: z.string().default('.hubwire'),
  ADMIN_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, { error: 'must be visible ASCII characters without spaces' })
    .optional(),
  SECRETS_KEY: z
    .string()
    .refine((text) => keyringOf(text).ok, {
      error: 'must be the base64 of 32 bytes (openssl rand -base64 32); several, separated by commas',
    })
    .optional(),
  ALLOW_PRIVATE_ENDPOINTS: z
    .enum(['loopback', 'none'], { error: 'must be loopback or none' })
    .default('loopback')
    .transform((value) => value === 'loopback'),
  RATE_LIMIT_PER_10S: wholeNumber(1_000_000).default(0),
  DEMO: z
    .enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
    .default('true')
    .transform((value) => value === 'true' || value === '1'),
});

/** Short enough to be guessed. */
export const isShortToken = (token = ''): boolean => token !== '' && token.length < ADMIN_TOKEN_CHARS_MIN;

export type Settings = {
  port: number;
  host: string;
  dataDir: string;
  adminToken: string | undefined;
  secretsKey: string | undefined;
  allowLoopback: boolean;
  rateLimitPer10s: number;
  demo: boolean;
};

export type SettingsResult = { ok: true; settings: Settings } | { ok: false; sentences: string[] };

/** Reads the variables; an empty one counts as absent. Values never appear in the sentences: one of them is a secret. */
export function readSettings(env: NodeJS.ProcessEnv, cwd: string): SettingsResult {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(present);
  if (!parsed.success) {
    return { ok: false, sentences: parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`) };
  }
  const { data } = parsed;
  if (data.DEMO && data.PORT === PORT_MAX) {
    return {
      ok: false,
      sentences: [`PORT ${PORT_MAX} leaves no port for the demo: choose a lower one, or DEMO=false.`],
    };
  }
  // Who could guess at it on this machine could read it there too.
  if (isShortToken(data.ADMIN_TOKEN) && !isLoopback(data.HOST.includes(':') ? `[${data.HOST}]` : data.HOST)) {
    return {
      ok: false,
      sentences: [`ADMIN_TOKEN must have at least ${ADMIN_TOKEN_CHARS_MIN} characters where HOST is open to others.`],
    };
  }
  return {
    ok: true,
    settings: {
      port: data.PORT,
      host: data.HOST,
      dataDir: resolve(cwd, data.HUBWIRE_DATA),
      adminToken: data.ADMIN_TOKEN,
      secretsKey: data.SECRETS_KEY,
      allowLoopback: data.ALLOW_PRIVATE_ENDPOINTS,
      rateLimitPer10s: data.RATE_LIMIT_PER_10S,
      demo: data.DEMO,
    },
  };
}
