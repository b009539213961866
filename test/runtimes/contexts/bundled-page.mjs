// Owns the entry of a bundled page, which posts what it computes.
import { bundled } from './bundled.mjs';

const { search } = location;
bundled(search ? search.slice(1) : undefined).then((result) => fetch('/result', { method: 'POST', body: JSON.stringify(result) }));
