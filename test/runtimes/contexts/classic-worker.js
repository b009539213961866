// Owns the outputs in a classic worker, which has import() alone.
import('/outputs.mjs')
  .then(({ outputs }) => outputs())
  .then(
    (data) => postMessage(data),
    (error) => postMessage({ error: String(error.stack) }),
  );
