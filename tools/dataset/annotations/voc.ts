// Owns labels in the format of PASCAL VOC: an XML file per picture, with names and boxes of objects.
import { ModelError } from 'zeropoint';
import { readBytes } from '../../files';
import { quote } from '../../quote';
import type { LabelledObject, Size } from './annotations';
import { parseXml, type XmlElement } from './xml';

/** The objects of a picture, by the names of their classes, in shares of the picture's size. */
export type VocObject = Omit<LabelledObject, 'category'> & { readonly name: string };

const child = ({ children }: XmlElement, name: string): XmlElement | undefined => children.find((element) => element.name === name);

/** A reader of required children. */
function reader(where: string) {
  const refuse = (element: XmlElement, message: string): ModelError =>
    new ModelError('bad-data', `line ${element.line}: ${message}`, { where });
  const required = (element: XmlElement, name: string): XmlElement => {
    const found = child(element, name);
    if (!found) throw refuse(element, `<${element.name}> has no <${name}>`);
    return found;
  };
  const number = (element: XmlElement, name: string): number => {
    const found = required(element, name);
    const value = Number(found.text);
    if (found.text.trim() === '' || !Number.isFinite(value))
      throw refuse(found, `<${name}> is '${quote(found.text.trim(), 40)}', not a number`);
    return value;
  };
  return { refuse, required, number };
}

/**
 * Reads `<annotation>`. Pixels of VOC count from 1, both edges belong to the box, so that it reaches from xmin - 1 to xmax (VOC2012
 * development kit, section 9). `picture`: its size, where the file has none.
 * @throws ModelError `bad-data` with the line that is wrong
 */
export async function readVoc(path: string): Promise<(picture: Size) => VocObject[]> {
  const root = parseXml(new TextDecoder().decode(await readBytes(path)), path);
  const { refuse, required, number } = reader(path);
  if (root.name !== 'annotation') throw refuse(root, `the root is <${root.name}>, not <annotation>`);
  const own = child(root, 'size');
  const size: Size | undefined = own && { width: number(own, 'width'), height: number(own, 'height') };
  const objects = root.children
    .filter(({ name }) => name === 'object')
    .map((object) => {
      const box = required(object, 'bndbox');
      const [left, top, right, bottom] = ['xmin', 'ymin', 'xmax', 'ymax'].map((name) => number(box, name));
      if (right < left || bottom < top) throw refuse(box, 'the box ends before it begins');
      const name = required(object, 'name').text.trim();
      if (name === '') throw refuse(object, '<name> is empty');
      return { name, left: left - 1, top: top - 1, right, bottom, difficult: child(object, 'difficult')?.text.trim() === '1' };
    });
  return (picture) => {
    const { width, height } = size && size.width > 0 && size.height > 0 ? size : picture;
    return objects.map(({ name, left, top, right, bottom, difficult }) => ({
      name,
      box: { left: left / width, top: top / height, right: right / width, bottom: bottom / height },
      ...(difficult ? { ignore: true } : {}),
    }));
  };
}
