// Owns what consoles print: a model, its class names, and an error that nobody catches.
import { load, loadSync, ModelError } from 'zeropoint';
import { mobilenetV1 } from 'zeropoint/mobilenet';

const model = await load(mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }));
console.log(model);
console.log(model.constructor.name, ModelError.name);
model.dispose();
console.log(model);
loadSync(new Uint8Array(100));
