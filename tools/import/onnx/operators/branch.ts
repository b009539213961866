// Owns If: the branch that a constant condition chooses takes its place.
import type { Converter } from '../call';

export const branch: Converter = (call) => {
  const condition = call.elements(0);
  if (!condition) {
    const name = call.inputName(0);
    return call.fail('unsupported-feature', `its condition '${name}' depends on the network's input; export the model without branches`);
  }
  if (condition.length !== 1) call.fail('bad-shape', `its condition has ${condition.length} elements; one is needed`);
  return call.inline(call.graph(condition[0] ? 'then_branch' : 'else_branch'));
};
