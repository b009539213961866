// Owns the skeletons of the ten digits: strokes of a pen, in several variants each.

/** x to the right, y down; a digit stands between x 15..87 and y 1..98. */
export type Point = readonly [x: number, y: number];

/** One stroke: a smooth curve through the points. A point given twice is a corner. */
export type Stroke = readonly Point[];

/** Variants of each digit, stroke by stroke, as points `x,y`. */
const manners: readonly (readonly (readonly string[])[])[] = [
  [['50,2 27,16 19,50 27,84 50,98 73,84 81,50 73,16 50,2'], ['64,8 40,3 22,30 22,68 42,97 70,86 80,52 74,18 54,1']],
  [['50,2 50,50 50,98'], ['30,26 54,2 54,2 54,98'], ['30,24 52,2 52,2 52,98', '28,98 76,98']],
  [['22,26 34,7 56,2 74,14 74,36 56,62 20,97 20,97 82,96'], ['22,24 38,4 66,6 76,28 60,60 34,90 20,92 24,80 42,82 62,95 84,90']],
  [['24,14 46,2 70,12 70,36 44,47 44,47 72,56 78,80 54,98 22,88'], ['22,4 76,4 76,4 46,40 46,40 72,50 78,76 54,98 22,90']],
  [['30,4 18,58 18,58 84,56', '66,30 62,98'], ['62,98 62,2 62,2 16,68 16,68 86,68']],
  [['30,5 26,44 26,44 52,38 76,54 74,82 50,98 22,90', '30,5 78,4'], ['78,4 34,6 34,6 27,46 27,46 56,40 77,58 70,88 44,98 22,88']],
  [['66,2 40,24 24,58 29,87 52,98 75,82 69,61 48,56 28,74'], ['52,1 30,38 23,74 42,98 70,90 74,66 52,56 26,72']],
  [['20,6 80,6 80,6 46,98'], ['20,5 80,5 80,5 44,98', '34,52 74,50'], ['22,18 24,6 24,6 52,8 80,4 80,4 58,48 50,98']],
  [
    ['72,14 50,2 29,14 36,37 60,54 77,76 54,98 25,82 36,57 62,40 72,14'],
    ['50,2 29,14 31,37 50,46 69,37 71,14 50,2', '50,46 25,60 25,86 50,98 75,86 75,60 50,46'],
  ],
  [['74,20 54,2 29,14 28,40 50,50 72,34 74,12 74,12 72,56 62,98'], ['72,16 48,2 27,20 32,44 56,48 74,26 72,12 76,60 58,95 28,92']],
];

/** Points `x,y` apart by spaces. */
export function parseStroke(text: string): Stroke {
  return text.split(' ').map((point) => {
    const [x, y] = point.split(',').map(Number);
    return [x, y];
  });
}

/** `glyphs[digit]` lists the digit's variants; all are equally frequent. */
export const glyphs: readonly (readonly (readonly Stroke[])[])[] = manners.map((digit) => digit.map((strokes) => strokes.map(parseStroke)));
