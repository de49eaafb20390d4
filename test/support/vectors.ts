// The vectors of Standard Webhooks, recomputed with OpenSSL's and workerd's primitives: one for each scheme.

export const VECTOR = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1614265330,
  body: '{"test": 2432232314}',
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  v1: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  privateKey: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  publicKey: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
  v1a: 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
} as const;

/** Whether a `v1a` signature is right, by WebCrypto and not by our own code. */
export async function verifiesAsymmetric(
  publicKey: string,
  signature: string,
  id: string,
  timestamp: number | string,
  body: string,
): Promise<boolean> {
  const raw = Uint8Array.from(atob(publicKey.replace(/^whpk_/, '')), (c) => c.charCodeAt(0));
  const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
  const given = Uint8Array.from(atob(signature.replace(/^v1a,/, '')), (c) => c.charCodeAt(0));
  return crypto.subtle.verify('Ed25519', key, given, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
}
