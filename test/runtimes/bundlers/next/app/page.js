// Owns the outputs in a page that Next bundles; they are posted to the address in the query.
'use client';
import { useEffect } from 'react';
import { bundled } from '../bundled.mjs';

export default function Page() {
  useEffect(() => {
    bundled().then((result) => fetch(new URLSearchParams(location.search).get('post'), { method: 'POST', body: JSON.stringify(result) }));
  }, []);
  return null;
}
