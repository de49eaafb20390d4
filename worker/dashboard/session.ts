// What a signed-in browser carries: who it is and until when, signed with a key made from the admin token, so that no
// list of sessions has to be kept and a new admin token ends them all. Also the token that a form must bring along,
// bound to that session. Pure; cookies and headers are guard.tsx.
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { Guid } from '../guid.ts';
import { sameText } from '../sign.ts';

/** An admin sees and changes everything; a viewer sees one site. */
export const Who = z.discriminatedUnion('role', [
  z.object({ role: z.literal('admin') }),
  z.object({ role: z.literal('viewer'), site_id: Guid, link_id: Guid }),
]);
export type Who = z.infer<typeof Who>;

const Session = z.object({ who: Who, until: z.int() });
/** `until`: ms since 1970. */
export type Session = z.infer<typeof Session>;

/** A key for one purpose: what it signs is worth nothing for another. */
const keyOf = (adminToken: string, purpose: string) =>
  createHmac('sha256', adminToken).update(`hubwire ${purpose} v1`).digest();
const sign = (adminToken: string, purpose: string, text: string) =>
  createHmac('sha256', keyOf(adminToken, purpose)).update(text).digest('base64url');

/** The value of the cookie. */
export function sealSession(session: Session, adminToken: string): string {
  const text = Buffer.from(JSON.stringify(session)).toString('base64url');
  return `${text}.${sign(adminToken, 'dashboard session', text)}`;
}

/** Who the cookie says it is, or null where it is not ours or its time is over. `now` in ms. */
export function openSession(sealed: string, adminToken: string, now: number): Session | null {
  const [text = '', signature = ''] = sealed.split('.');
  if (!sameText(signature, sign(adminToken, 'dashboard session', text))) return null;
  const session = Session.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  return session.success && session.data.until > now ? session.data : null;
}

/** What every form of this session carries. */
export const formToken = (sealed: string, adminToken: string): string => sign(adminToken, 'dashboard form', sealed);
