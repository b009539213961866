// Owns the relation of three numberings: labels of a dataset, indices of a network's outputs, and names of classes.

/** The 1000 classes of ILSVRC 2012, and in front of them the class 'background' that TensorFlow's networks were trained with. */
const outputsWithBackground = 1001;

/**
 * What is added to a label of the dataset to get the index of its output: 1 for 1001 outputs, of which output 0 is 'background', else 0.
 * `labelledClasses` is 1 + the largest label of the dataset, where it is known: labels up to 1000 already count 'background'.
 */
export function labelOffset(outputs: number, labelledClasses = 0): 0 | 1 {
  return outputs === outputsWithBackground && labelledClasses < outputsWithBackground ? 1 : 0;
}

/** Names by output index from names by label: `offset` times 'background', then `names`. */
export function outputLabels(names: readonly string[], offset: number): string[] {
  return [...new Array<string>(offset).fill('background'), ...names];
}

/** `labels[index]`, or `class 7` for an index without a label. */
export function className(index: number, labels?: readonly string[]): string {
  return labels?.[index] ?? `class ${index}`;
}
