// Tests that files of other formats are named by their first bytes, with the way out.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync, ModelError } from '../../src/index';
import { sharedPath, sharedTest } from '../support/shared';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from([...values, ...new Array(32).fill(7)]);

/** The beginning of a zip archive: a local header of 30 bytes, then the name of the first entry. */
const zipped = (name: string): Uint8Array => bytes(0x50, 0x4b, 3, 4, ...new Array(26).fill(0), ...text(name));

const files: [string, Uint8Array, RegExp][] = [
  [
    'a Git LFS pointer',
    text(`${['version https:', '', 'git-lfs.github.com', 'spec'].join('/')}/v1\noid sha256:0\nsize 1\n`),
    /Git LFS pointer.*git lfs pull/,
  ],
  ['a web page', text('<!DOCTYPE html><html>'), /web page/],
  ['a web page after empty lines', text('\r\n \n<html>'), /web page/],
  ['model.json', text('{"format": "graph-model"}'), /TensorFlow\.js/],
  ['gzip', gzipSync(text('x'.repeat(100))), /gzip/],
  ['a zip archive', bytes(0x50, 0x4b, 3, 4), /zip archive/],
  ['a SavedModel', bytes(8, 1, 0x12, 0xff), /SavedModel.*from_saved_model/],
  ['ONNX of PyTorch', bytes(8, 7, 0x12, 7, 0x70), /ONNX/],
  ['ONNX without a producer', bytes(8, 13, 0x3a, 99), /ONNX/],
  ['HDF5', bytes(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10), /Keras/],
  ['safetensors', bytes(0x40, 0, 0, 0, 0, 0, 0, 0, ...text('{"__metadata__":{}}')), /safetensors.*ONNX/],
  ['a pickle', bytes(0x80, 2, 0x8a), /PyTorch/],
  ['ORT', bytes(1, 0, 0, 0, 0x4f, 0x52, 0x54, 0x4d), /ONNX Runtime/],
  ['TorchScript and files of PyTorch', zipped('archive/data.pkl'), /PyTorch.*torch\.onnx\.export/],
  ['.keras', zipped('metadata.json'), /Keras.*from_keras_model/],
  ['.npz', zipped('x.npy'), /zip archive/],
  ['OpenVINO', text('<?xml version="1.0"?>\n<net name="m" version="11">'), /OpenVINO/],
  ['OpenVINO without a declaration', text('<net name="m" version="10">'), /OpenVINO/],
  ['a package of Core ML', text('{\n  "fileFormatVersion": "1.0.0", "itemInfoEntries": {'), /Core ML package/],
  ['Core ML', bytes(8, 4, 0x12, 0x85, 1, 10, 22, 10, 5, ...text('image')), /Core ML network/],
  ['a program of PaddlePaddle as JSON', text('{"base_code":{"magic":"pir","trainable":true}'), /paddle2onnx/],
  ['a program of PaddlePaddle', bytes(10, 0x80, 0x40, 8, 0, 16, ...new Array(9).fill(255), 1), /paddle2onnx/],
  ['ncnn as text', text('7767517\n75 83\nInput data 0 1 data'), /ncnn/],
  ['ncnn as numbers', bytes(0xdd, 0x85, 0x76, 0), /ncnn/],
  ['Caffe as text', text('# deploy\nname: "MobileNet"\nlayer {'), /Caffe network.*caffe2onnx/],
  ['Caffe as text, inputs first', text('input: "data"\ninput_dim: 1'), /Caffe network/],
  ['weights of Caffe', bytes(10, 9, ...text('MOBILENET'), 0xa2, 6, 20, 10, 5), /Caffe weights.*prototxt/],
  ['weights of old Caffe', bytes(10, 7, ...text('AlexNet'), 0x12, 0x90, 1, 0x1a, 4), /Caffe weights/],
  ['a frozen graph', bytes(10, 30, 10, 5, ...text('input'), 0x12, 11, ...text('Placeholder')), /frozen graph/],
  ['something else', bytes(1, 2, 3, 4), /must have 'TFL3' at byte 4/],
];
for (const [title, file, message] of files) {
  test(`${title} is named`, () => {
    assert.throws(
      () => loadSync(file),
      (error: unknown) => error instanceof ModelError && error.code === 'not-tflite' && message.test(error.message),
    );
  });
}

sharedTest(test, 'the ONNX files beside the project are named', () => {
  for (const name of ['squeezenet1.1_float', 'mobilenet_v1_0.25_224_float', 'mobilenet_v1_0.25_224_keras_bn']) {
    assert.throws(() => loadSync(readFileSync(sharedPath('models', `${name}.onnx`))), /the file is ONNX/);
  }
});

test.run();
