// Runs in the page (hence .js: the tests' types know no DOM): makes a form of described controls and reads it as the tracker does. For fields.flow.test.ts.
import { read } from '../../client/fields.ts';

/** As if its first button had been pressed. */
globalThis.readForm = (controls) => {
  const form = document.createElement('form');
  for (const { tag, attributes, value, within } of controls) {
    const [around, flag] = within?.split(' ') ?? [];
    const parent = around ? form.appendChild(document.createElement(around)) : form;
    if (flag) parent.setAttribute(flag, '');
    const element = parent.appendChild(document.createElement(tag));
    for (const [name, it] of Object.entries(attributes)) element.setAttribute(name, it);
    if (tag === 'select') element.append(new Option(value, value, true, true));
    else if (/checkbox|radio|hidden/.test(attributes.type) || tag === 'button') element.setAttribute('value', value);
    else element.value = value;
  }
  document.body.replaceChildren(form);
  return { ...read(form, form.querySelector('button')) };
};

/** What a page hands over itself. */
globalThis.readPairs = (pairs, asFormData) => {
  if (!asFormData) return { ...read(Object.fromEntries(pairs)) };
  const data = new FormData();
  for (const [name, value] of pairs) data.append(name, value);
  return { ...read(data) };
};
