// Owns a bitmap font of the printable ASCII characters, for text on pictures.

/** Columns and rows of a glyph; rows 7 and 8 are for descenders. */
export const glyphWidth = 5;
export const glyphHeight = 9;

/**
 * Glyphs from U+0020 on, separated by blanks, a digit of base 32 per row from the top: its bits are the pixels, the highest is the
 * leftmost. Rows that are left out are empty.
 */
const font =
  '0 4444404 aa aavavaa 4fke5u4 op248j3 cik8lid 44 2488842 8422248 04lel4 044v44 00000448 000e 00000cc 11248gg ' +
  'ehjlphe 4c4444e eh1248v v2421he 26aiv22 vgu11he 68guhhe v124888 ehhehhe ehhf12c 0cc0cc 0cc0c48 248g842 00v0v 8421248 eh12404 ' +
  'eh1dlle ehhvhhh uhhuhhu ehggghe sihhhis vgguggv vgguggg ehgnhhf hhhvhhh e44444e 72222ic hikokih ggggggv hrllhhh hhpljhh ehhhhhe ' +
  'uhhuggg ehhhlid uhhukih fgge11u v444444 hhhhhhe hhhhha4 hhhllla hha4ahh hhha444 v1248gv e88888e gg84211 e22222e 4ah 000000v ' +
  '84 00e1fhf ggmphhu 00egghe 11djhhf 00ehvge 698s888 00fhhhf1e ggmphhh 40c444e 2062222ic ggikoki c44444e 00qllhh 00mphhh 00ehhhe ' +
  '00uhhhugg 00fhhhf11 00mpggg 00fge1u 88s8896 00hhhjd 00hhha4 00hhlla 00ha4ah 00hhhhf1e 00v248v 2448442 4444444 8442448 008l2';

const glyphs = font.split(' ').map((rows) => Array.from(rows, (digit) => Number.parseInt(digit, 32)));
const firstCode = 32;

/** Text in characters that the font has: letters without their marks, `?` for all others. */
export function asciiText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/[^\x20-\x7e]/gu, '?');
}

/** Whether the pixel of an ASCII character's glyph is set. */
export function glyphPixel(character: string, column: number, row: number): boolean {
  return (((glyphs[character.charCodeAt(0) - firstCode]?.[row] ?? 0) >> (glyphWidth - 1 - column)) & 1) === 1;
}
