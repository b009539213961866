// Owns what loading throws in a page whose policy forbids WebAssembly; the result is posted to the server.
import { load, loadSync, ModelError } from 'zeropoint';
import { mobilenetV1 } from 'zeropoint/mobilenet';

const bytes = mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 });
const errors = [];
for (const act of [() => loadSync(bytes), () => load(bytes)]) {
  try {
    await act();
  } catch (error) {
    errors.push({ name: error.name, isModelError: error instanceof ModelError, code: error.code, message: error.message });
  }
}
await fetch('/result', { method: 'POST', body: JSON.stringify(errors) });
