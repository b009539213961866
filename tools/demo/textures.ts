// Owns the textures among the figures: the share of ink at a point of the plane, one function each.

/** Ink 0 to 1 at (x, y), in periods of the texture; `duty` is the share of a period that has ink, `noise` a value in 0..1 per cell. */
export type Texture = (x: number, y: number, duty: number, noise: (column: number, row: number) => number) => number;

const part = (x: number): number => x - Math.floor(x);
/** Not x ** 2, whose last bit may differ between engines. */
const square = (x: number): number => x * x;
const near = (x: number, duty: number): boolean => part(x) < duty;
const isOdd = (x: number): boolean => (Math.floor(x) & 1) === 1;
const ink = (is: boolean): number => (is ? 1 : 0);
/** Triangle wave of period 1 between 0 and 1. */
const triangle = (x: number): number => Math.abs(2 * part(x) - 1);

/** In the order of their labels. */
export const textures: Readonly<Record<string, Texture>> = {
  stripes: (x, _, duty) => ink(near(x, duty)),
  checks: (x, y) => ink(isOdd(1.4 * x) !== isOdd(1.4 * y)),
  dots: (x, y, duty) => ink(square(part(x) - 0.5) + square(part(y) - 0.5) < 0.2 * duty + 0.02),
  grid: (x, y, duty) => ink(near(x, 0.55 * duty) || near(y, 0.55 * duty)),
  bricks: (x, y, duty) => ink(near(y, 0.5 * duty) || near(x / 2 + (isOdd(y) ? 0.5 : 0), 0.25 * duty)),
  zigzag: (x, y, duty) => ink(near(x + 0.9 * triangle(y / 1.5), duty)),
  rings: (x, y, duty) => ink(near(Math.sqrt(square(x) + square(y)), duty)),
  patches: (x, y, duty, noise) => ink(noise(Math.floor(2 * x), Math.floor(2 * y)) < duty),
};
