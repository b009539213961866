// Owns the operators of both cores as one table: plans for the core without dot products have none of those of the relaxed one.
import { type Descriptors, operators } from '../core/abi';
import { type DotDescriptors, dotOperators } from '../core/abi-relaxed';
import type { Binary } from './descriptor';
import type { AddressField } from './region';

export type CoreDescriptors = Descriptors<AddressField> & DotDescriptors<AddressField>;

export const coreOperators: Binary<CoreDescriptors>['operators'] = { ...operators, ...dotOperators };
