// Runs the code that receivers copy, in its own language and as it stands: each gets the cases on standard input and
// prints what its `verify` made of them. Owns how a program of each language is put together and started.
// Node is always there; the others run where the machine has them (Debian: python3, php-cli, golang-go, ruby).
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SNIPPETS } from '../../worker/dashboard/snippets.ts';

export type Case = { headers: Record<string, string>; body: string };
/** `files`: what is written beside the copied code. */
type Language = { probe: string[]; code: string; files: Record<string, string>; run: string[] };

const PYTHON = `import json, sys
from verify import verify
print(json.dumps([verify(case["headers"], case["body"].encode()) for case in json.load(sys.stdin)]))`;

const PHP = `<?php
require 'verify.php';
$cases = json_decode(stream_get_contents(STDIN), true);
$server = fn($headers) => array_combine(
    array_map(fn($name) => 'HTTP_' . strtoupper(strtr($name, '-', '_')), array_keys($headers)), $headers);
echo json_encode(array_map(fn($case) => verify($server($case['headers']), $case['body']), $cases));`;

const RUBY = `require_relative "verify"
puts JSON.generate(JSON.parse($stdin.read).map { |it| verify(it["headers"], it["body"]) })`;

const GO = `package main

import (
	"encoding/json"
	"net/http"
	"os"
	webhook "example.com/webhook/verify"
)

func main() {
	var cases []struct {
		Headers map[string]string
		Body    string
	}
	json.NewDecoder(os.Stdin).Decode(&cases)
	results := []any{}
	for _, it := range cases {
		h := http.Header{}
		for name, value := range it.Headers {
			h.Set(name, value)
		}
		var event any
		if webhook.Verify(h, []byte(it.Body)) {
			json.Unmarshal([]byte(it.Body), &event)
		}
		results = append(results, event)
	}
	json.NewEncoder(os.Stdout).Encode(results)
}`;

const NODE = `import { text } from 'node:stream/consumers';
import { verify } from './verify.mjs';
console.log(JSON.stringify(JSON.parse(await text(process.stdin)).map(({ headers, body }) => verify(headers, body))));`;

const LANGUAGES: Record<string, Language> = {
  node: {
    probe: [process.execPath, '--version'],
    code: 'verify.mjs',
    files: { 'main.mjs': NODE },
    run: [process.execPath, 'main.mjs'],
  },
  python: {
    probe: ['python3', '--version'],
    code: 'verify.py',
    files: { 'main.py': PYTHON },
    run: ['python3', 'main.py'],
  },
  php: { probe: ['php', '--version'], code: 'verify.php', files: { 'main.php': PHP }, run: ['php', 'main.php'] },
  go: {
    probe: ['go', 'version'],
    code: 'verify/verify.go',
    files: { 'main.go': GO, 'go.mod': 'module example.com/webhook\n\ngo 1.19\n' },
    run: ['go', 'run', '.'],
  },
  ruby: { probe: ['ruby', '--version'], code: 'verify.rb', files: { 'main.rb': RUBY }, run: ['ruby', 'main.rb'] },
};

const isThere = ([command = '', ...args]: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Ids of the snippets whose language this machine has. */
export const PRESENT: string[] = SNIPPETS.map(({ id }) => id).filter((id) => isThere(LANGUAGES[id]?.probe ?? []));

/** What the copied code of a language makes of each case: the event, or null. */
export function verifyIn(id: string, secret: string, cases: readonly Case[]): unknown[] {
  const language = LANGUAGES[id];
  const code = SNIPPETS.find((snippet) => snippet.id === id)?.code;
  if (!language || code === undefined) throw new Error(`There is no code for ${id}.`);
  const folder = mkdtempSync(join(tmpdir(), 'hubwire-verify-'));
  try {
    mkdirSync(join(folder, 'verify'));
    for (const [name, text] of Object.entries({ ...language.files, [language.code]: code }))
      writeFileSync(join(folder, name), text);
    const [command = '', ...args] = language.run;
    const options = { cwd: folder, env: { ...process.env, WEBHOOK_SECRET: secret }, input: JSON.stringify(cases) };
    return JSON.parse(execFileSync(command, args, { ...options, encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
