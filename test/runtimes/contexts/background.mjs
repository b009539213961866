// Owns the outputs in an extension's service worker, which opens the extension's page.
import { address } from './address.mjs';
import { outputs } from './outputs.mjs';

outputs()
  .catch((error) => ({ error: String(error.stack) }))
  .then(async (result) => {
    await fetch(`${address}/extension`, { method: 'POST', body: JSON.stringify(result) });
    await chrome.tabs.create({ url: 'extension.html' });
  });
