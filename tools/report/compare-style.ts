// Owns the stylesheet of the comparison report, for light and dark schemes and for wide and narrow screens.

/** CSS variables are colours by role: `--cool` layers in isolation, `--warm` layers inside the network and ends of ranges. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1b2230; --soft: #5c6675; --line: #e1e5ea;
  --cool: #2f6fde; --warm: #d9730d; --good: #16803c; --bad: #c92a2a; --tint: #eef3fd;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10141b; --card: #181e28; --text: #e6eaf0; --soft: #9aa5b4; --line: #2a3341;
    --cool: #6ea8ff; --warm: #f0a04b; --good: #4cc38a; --bad: #ff7b72; --tint: #1d2a41;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 20px 72px; }
h1 { margin: 0 0 4px; font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; }
h2 { margin: 48px 0 4px; font-size: 21px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h3 { margin: 0; font-size: 15px; overflow-wrap: anywhere; }
p { margin: 4px 0 14px; max-width: 74ch; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.small { font-size: 13.5px; }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
code { padding: 2px 6px; border-radius: 5px; background: var(--tint); overflow-wrap: anywhere; }
.verdict { margin: 18px 0 22px; font-size: 18px; }
.grid { display: grid; gap: 14px; }
.cards { grid-template-columns: repeat(auto-fit, minmax(290px, 1fr)); }
.closer { grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); }
.pictures { grid-template-columns: repeat(auto-fill, minmax(min(100%, 290px), 1fr)); }
.card { min-width: 0; overflow-wrap: anywhere; padding: 16px 18px; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
.card .label { color: var(--soft); font-size: 13.5px; }
.card .value { font-size: 27px; font-weight: 650; letter-spacing: -0.02em; line-height: 1.35; font-variant-numeric: tabular-nums; }
.card .note { color: var(--soft); font-size: 13.5px; }
.good { color: var(--good); } .bad { color: var(--bad); } .warm { color: var(--warm); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-bottom: 10px; color: var(--soft); font-size: 13.5px; }
.legend i { display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 50%; background: var(--key); }
.legend i.dash { height: 0; width: 16px; border-radius: 0; border-top: 2px dashed var(--key); background: none; vertical-align: middle; }
svg { display: block; max-width: 100%; height: auto; overflow: visible; color: var(--soft); font: 12px system-ui, sans-serif; }
.narrow { display: none; }
.file { display: inline-block; max-width: 100%; font-weight: 550; color: var(--text); }
details.why { margin: 0; }
details.why summary { color: var(--text); font-size: 14px; text-decoration: underline dotted var(--soft); text-underline-offset: 3px; }
details.why p { margin: 4px 0; font-size: 13.5px; }
ul { margin: 0; padding-left: 18px; } li { margin: 3px 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th { padding: 8px 10px; color: var(--soft); font-weight: 500; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 9px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.name { min-width: 190px; font-weight: 550; overflow-wrap: anywhere; }
.cause { min-width: 240px; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--cool); font-size: 14px; }
.results + .card { margin-top: 14px; }
.results { grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); align-items: start; }
.result { padding: 12px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; margin-bottom: 8px; }
figure { min-width: 0; margin: 0; }
figure:only-child { grid-column: 1 / -1; }
figure img { display: block; width: 100%; height: auto; max-height: 340px; border-radius: 8px; object-fit: contain; background: var(--tint); }
figcaption { margin-top: 3px; color: var(--soft); font-size: 13px; }
.picture { display: flex; gap: 14px; padding: 12px; }
.picture img { width: 88px; height: 88px; flex: none; border-radius: 8px; object-fit: cover; }
.picture div { min-width: 0; font-size: 14px; line-height: 1.45; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 18px; margin: 0; font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 14px 0 0; padding: 14px; border-radius: 8px; background: var(--tint); overflow-x: auto; }
@media (max-width: 640px) {
  main { padding: 24px 14px 48px; }
  h1 { font-size: 24px; }
  .cards { grid-template-columns: repeat(auto-fit, minmax(min(100%, 168px), 1fr)); gap: 10px; }
  .name, .cause { min-width: 0; }
  .card { padding: 13px 14px; }
  .card .value { font-size: 19px; }
  .wide { display: none; } .narrow { display: block; } .narrow svg { width: 100%; }
  table.stack thead { display: none; }
  table.stack tr { display: grid; grid-template-columns: 1fr 1fr; gap: 1px 12px; padding: 12px 0; border-bottom: 1px solid var(--line); }
  table.stack tr:last-child { border-bottom: 0; }
  table.stack td { padding: 1px 0; border: 0; text-align: left; }
  table.stack td.full { grid-column: 1 / -1; }
  table.stack td:empty { display: none; }
  table.stack td[data-head]::before { content: attr(data-head) " "; color: var(--soft); }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; }
}
@media (max-width: 480px) { .pair { grid-template-columns: 1fr; } }
@media print { .card { break-inside: avoid; } }
`;
