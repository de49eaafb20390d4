// News without a reload: asks for the page it is on, and puts in those parts (`data-live`) that changed.
// The server answers 304 while nothing did. Asked only while somebody can see the page; the longer nothing happens,
// the less often, so an open and idle page costs two empty answers a minute. What is being used (focus, selection) is
// left alone until later; a page that gets no answer says that it stands still (frame.css). Trade-off: polling is some seconds late where a socket would not be, and holds nothing open.
const SOON_MS = 3_000;
const IDLE_MS = 30_000;
const SLOWER = 1.4;

export function followNews(dress: (root: ParentNode) => void): void {
  let wait = SOON_MS;
  let timer = 0;
  let etag = '';
  const again = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = window.setTimeout(ask, wait);
  };
  const ask = async () => {
    try {
      const response = await fetch(location.href, {
        headers: etag ? { 'if-none-match': etag } : {},
        cache: 'no-store',
      });
      // A redirect leads to the sign-in.
      const answered = response.ok && !response.redirected;
      if (answered) {
        const first = etag === '';
        etag = response.headers.get('etag') ?? '';
        const changed = putIn(new DOMParser().parseFromString(await response.text(), 'text/html'), dress);
        wait = changed && !first ? SOON_MS : Math.min(wait * SLOWER, IDLE_MS);
      } else wait = Math.min(wait * SLOWER, IDLE_MS);
      document.documentElement.dataset.live = answered || response.status === 304 ? 'on' : 'off';
    } catch {
      wait = Math.min(wait * SLOWER, IDLE_MS);
      document.documentElement.dataset.live = 'off';
    }
    again();
  };
  document.addEventListener('visibilitychange', () => {
    wait = SOON_MS;
    if (!document.hidden) void ask();
  });
  again();
}

/** What each part was when it came, before it was dressed. */
const served = new WeakMap<Element, string>();

function putIn(fresh: Document, dress: (root: ParentNode) => void): boolean {
  let changed = false;
  for (const part of document.querySelectorAll<HTMLElement>('[data-live][id]')) {
    const next = fresh.getElementById(part.id);
    if (!next || inUse(part) || served.get(part) === next.outerHTML) continue;
    served.set(next, next.outerHTML);
    keepFolds(part, next);
    part.replaceWith(next);
    dress(next.parentElement ?? next);
    changed = true;
  }
  return changed;
}

const inUse = (part: HTMLElement): boolean => {
  const selection = getSelection();
  const selected = selection && !selection.isCollapsed && selection.anchorNode && part.contains(selection.anchorNode);
  return part.contains(document.activeElement) || !!selected;
};

/** What the reader has opened or shut stays so, by the words on it. */
function keepFolds(part: HTMLElement, next: HTMLElement): void {
  const wordsOf = (fold: HTMLDetailsElement) => fold.querySelector('summary')?.textContent ?? '';
  const folds = new Map([...part.querySelectorAll('details')].map((fold) => [wordsOf(fold), fold.open]));
  for (const fold of next.querySelectorAll('details')) fold.open = folds.get(wordsOf(fold)) ?? fold.open;
}
