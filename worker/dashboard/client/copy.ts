// A button at each piece of code that copies it. Where the clipboard can't be reached (plain http, an old browser) the
// text is selected instead, ready for the keyboard.
export function addCopyButtons(root: ParentNode): void {
  for (const box of root.querySelectorAll<HTMLElement>('[data-copy]:not([data-dressed])')) {
    box.dataset.dressed = 'true';
    const code = box.querySelector('code');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', `Copy ${box.dataset.copy}`);
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(code?.textContent ?? '');
        button.textContent = 'Copied';
      } catch {
        if (code) getSelection()?.selectAllChildren(code);
        button.textContent = 'Selected';
      }
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 2_000);
    });
    box.append(button);
  }
}
