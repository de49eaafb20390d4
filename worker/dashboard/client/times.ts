// Times as the viewer's clock and language have them; the page itself says them in UTC.
const FORMATS = {
  clock: new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }),
  today: new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  full: new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }),
};

const { timeZone } = FORMATS.full.resolvedOptions();
const OFFSET = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset' });
const offset = () => OFFSET.formatToParts().find(({ type }) => type === 'timeZoneName')?.value;

/** Says in the foot of the page which zone its times are in. */
export function nameZone(): void {
  for (const zone of document.querySelectorAll('[data-zone]')) zone.textContent = `${timeZone} (${offset()})`;
}

/** Rewrites every `<time>`; the full UTC time stays in its tooltip. */
export function localizeTimes(root: ParentNode): void {
  const today = new Date().toDateString();
  for (const time of root.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    if (time.dataset.as === 'day') continue;
    const isToday = at.toDateString() === today;
    const format = !isToday ? 'full' : time.dataset.as === 'clock' ? 'clock' : 'today';
    time.title = time.dateTime;
    time.textContent = FORMATS[format].format(at);
  }
}
