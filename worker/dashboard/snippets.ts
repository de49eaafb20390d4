// Code that checks a webhook's signature, to copy: Node, Python, PHP, Go, Ruby; with nothing but each language's own
// library, so that it works where it is pasted. It follows Standard Webhooks; the npm and pip packages named
// `standardwebhooks` do the same. Every piece takes several signatures, as during a rotation, and refuses old ones.

export type Snippet = { id: string; name: string; code: string };

const NODE = `import { createHmac, timingSafeEqual } from 'node:crypto';

const key = Buffer.from(process.env.WEBHOOK_SECRET.slice('whsec_'.length), 'base64');

/** The event, or null where it did not come from hubwire. body: the raw text of the request. */
export function verify(headers, body) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return null;
  const expected = createHmac('sha256', key).update(\`\${id}.\${timestamp}.\${body}\`).digest();
  const genuine = String(headers['webhook-signature']).split(' ').some((entry) => {
    const [version, signature = ''] = entry.split(',');
    const given = Buffer.from(signature, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
  return genuine ? JSON.parse(body) : null;
}`;

const PYTHON = `import base64, hashlib, hmac, json, os, time

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))

def verify(headers, body: bytes):
    """The event, or None where it did not come from hubwire. body: the raw bytes of the request."""
    msg_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return None
    signed = f"{msg_id}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest())
    entries = headers.get("webhook-signature", "").encode().split(b" ")
    genuine = any(hmac.compare_digest(entry, expected) for entry in entries)
    return json.loads(body) if genuine else None`;

const PHP = `<?php
/** The event, or null where it did not come from hubwire. $body: file_get_contents('php://input') */
function verify(array $server, string $body): ?array {
    $key = base64_decode(substr(getenv('WEBHOOK_SECRET'), strlen('whsec_')));
    $id = $server['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $server['HTTP_WEBHOOK_TIMESTAMP'] ?? '0';
    if (abs(time() - (int) $timestamp) > 300) return null;
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $server['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $entry) {
        if (hash_equals($expected, $entry)) return json_decode($body, true);
    }
    return null;
}`;

const GO = `package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Verify tells whether the request came from hubwire. body: its raw bytes.
func Verify(h http.Header, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("WEBHOOK_SECRET"), "whsec_"))
	at, bad := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil || bad != nil || math.Abs(float64(time.Now().Unix()-at)) > 300 {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "."))
	mac.Write(body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, entry := range strings.Split(h.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(entry), []byte(expected)) {
			return true
		}
	}
	return false
}`;

const RUBY = `require "json"
require "openssl"

# The event, or nil where it did not come from hubwire. body: the raw text of the request.
def verify(headers, body)
  key = ENV.fetch("WEBHOOK_SECRET").delete_prefix("whsec_").unpack1("m")
  id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
  return nil if (Time.now.to_i - timestamp.to_i).abs > 300
  expected = "v1," + [OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.#{body}")].pack("m0")
  genuine = headers["webhook-signature"].to_s.split(" ").any? do |entry|
    entry.bytesize == expected.bytesize && OpenSSL.fixed_length_secure_compare(entry, expected)
  end
  genuine ? JSON.parse(body) : nil
end`;

/** In the order of the tabs. */
export const SNIPPETS: Snippet[] = [
  { id: 'node', name: 'Node', code: NODE },
  { id: 'python', name: 'Python', code: PYTHON },
  { id: 'php', name: 'PHP', code: PHP },
  { id: 'go', name: 'Go', code: GO },
  { id: 'ruby', name: 'Ruby', code: RUBY },
];
