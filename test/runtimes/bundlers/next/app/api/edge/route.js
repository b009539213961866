// Owns the outputs in Next's edge runtime.
import { outputs } from '../../../outputs.mjs';

export const runtime = 'edge';
export const dynamic = 'force-dynamic';
export const GET = async () => Response.json(await outputs());
