// Why a form was not taken: what is wrong with which field, in the words of its page.
import type { Issue } from '../reject.ts';
import type { Labels } from './labels.ts';
import { toLines } from './wording.ts';

export type Problem = { issues?: Issue[] | undefined; message?: string | undefined };

export const Problems = ({ issues = [], message, labels = {} }: Problem & { labels?: Labels }) => {
  const lines = toLines(issues, labels);
  const [only] = lines.length === 1 && lines[0]?.label === undefined ? lines : [];
  const said = message ?? only?.text;
  if (!said && lines.length === 0) return null;
  return (
    <div class="notice" data-tone="bad" role="alert">
      <p>{said ?? 'This can’t be done yet:'}</p>
      {!said && (
        <ul>
          {lines.map(({ label, text }) => (
            <li>
              {label && <b>{label}: </b>}
              {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
};
