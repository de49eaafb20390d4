// What the dashboard does beyond HTML: times in the viewer's zone, charts, copying, news without a reload.
// Without it every page still says everything; nothing here fetches from another host.
import { drawCharts } from './chart.ts';
import { addCopyButtons } from './copy.ts';
import { followNews } from './live.ts';
import { localizeTimes } from './times.ts';

const dress = (root: ParentNode): void => {
  localizeTimes(root);
  addCopyButtons(root);
  drawCharts(root);
};

dress(document);
if (document.body.dataset.livePage) followNews(dress);
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-confirm]'))
  form.addEventListener('submit', (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
for (const select of document.querySelectorAll<HTMLSelectElement>('select[data-submit]'))
  select.addEventListener('change', () => select.form?.requestSubmit());
