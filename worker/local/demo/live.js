// Puts each webhook on top of the receiver's list as it comes.
// Owns the stream and the sign that it is alive; what a webhook looks like comes from the server, already escaped.
// Trade-off: after a lost connection the browser itself comes back and names the last one it saw.
const list = document.getElementById('inbox');
const live = document.getElementById('live');

/** @param {string} state @param {string} words */
function show(state, words) {
  live.dataset.state = state;
  live.textContent = words;
}

const stream = new EventSource(list.dataset.stream);
stream.addEventListener('open', () => show('on', 'Live'));
stream.addEventListener('error', () => show('off', 'Connection lost, trying again …'));
stream.addEventListener('message', (message) => {
  const template = document.createElement('template');
  template.innerHTML = message.data;
  const item = template.content.firstElementChild;
  item.classList.add('new');
  list.prepend(item);
  while (list.children.length > Number(list.dataset.max)) list.lastElementChild.remove();
});
