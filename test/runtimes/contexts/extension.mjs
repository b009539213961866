// Owns the outputs in a page of an extension, with the core inlined and fetched.
import { load } from 'zeropoint/slim';
import { address } from './address.mjs';
import { uint8 } from './models.mjs';
import { outputs } from './outputs.mjs';

const result = await Promise.all([outputs(), load(uint8)]).then(
  ([data]) => data,
  (error) => ({ error: String(error.stack) }),
);
await fetch(`${address}/extension-page`, { method: 'POST', body: JSON.stringify(result) });
