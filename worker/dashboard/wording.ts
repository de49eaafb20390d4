// What a form says where the API speaks to programmers: zod's "expected array to have >=1 items" in words for people,
// and an issue as a line with the label of its field. Pure. Messages that begin with a small letter, here and in our own
// schemas, are what is said of a value ("must be a GUID"); others are sentences.
import type { z } from 'zod';
import type { Issue } from '../reject.ts';
import type { Labels } from './labels.ts';

/** For issues whose schema has no words of its own: those of our schemas stand. */
export function inWords(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'too_small') {
    if (issue.origin === 'array')
      return issue.path?.[0] === 'triggers' ? 'Choose at least one event to send.' : 'Enter at least one.';
    return issue.origin === 'string' ? 'must not be empty' : `must be ${issue.minimum} or more`;
  }
  if (issue.code === 'too_big') {
    if (issue.origin === 'array') return `Enter ${issue.maximum} at most.`;
    return issue.origin === 'string'
      ? `must have ${issue.maximum} characters at most`
      : `must be ${issue.maximum} or less`;
  }
  const wanted = issue.code === 'invalid_type' ? issue.expected : undefined;
  return wanted === 'number' || wanted === 'int' ? 'must be a whole number' : 'is not valid';
}

export type Line = { label: string | undefined; text: string };

/** A line for each complaint, once: of three bad origins it is said that each must be one. */
export function toLines(issues: readonly Issue[], labels: Labels): Line[] {
  const lines = issues.map((issue) => toLine(issue, labels));
  return lines.filter(({ label, text }, i) => i === lines.findIndex((it) => it.label === label && it.text === text));
}

function toLine({ path, message }: Issue, labels: Labels): Line {
  const field = Object.keys(labels).find((known) => path === known || path.startsWith(`${known}.`));
  const part = path.slice((field ?? '').length).replace(/^\./, '');
  return { label: field === undefined ? undefined : labels[field], text: sentenceOf(subjectOf(part), message) };
}

/** A part of a field is an entry of its list, or a name in it. */
const subjectOf = (part: string): string => (part === '' ? 'This' : /^\d+$/.test(part) ? 'Each' : part);

function sentenceOf(subject: string, message: string): string {
  const sentence = /^[a-z]/.test(message) ? `${subject} ${message}` : message;
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
