// What the dashboard does beyond HTML: times in the viewer's zone, charts, copying, news without a reload.
// Without it every page still says everything; nothing here fetches from another host.
import { drawCharts } from './chart.ts';
import { addCopyButtons } from './copy.ts';
import { followNews } from './live.ts';
import { localizeTimes, nameZone } from './times.ts';

const dress = (root: ParentNode): void => {
  localizeTimes(root);
  addCopyButtons(root);
  drawCharts(root);
};

dress(document);
nameZone();
if (document.body.dataset.livePage) followNews(dress);
// Arrow keys change it at each step on the way to what is wanted: whoever uses them presses the button.
for (const select of document.querySelectorAll<HTMLSelectElement>('select[data-submit]')) {
  let byKeys = false;
  select.addEventListener('keydown', () => {
    byKeys = true;
  });
  select.addEventListener('pointerdown', () => {
    byKeys = false;
  });
  select.addEventListener('change', () => byKeys || select.form?.requestSubmit());
}
