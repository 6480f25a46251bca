/** Colours by role, in light and in dark; drawings use the same variables as the text. */
export const STYLE = `
:root { color-scheme: light dark; --page:#f9f9f7; --card:#fcfcfb; --ink:#0b0b0b; --soft:#52514e; --faint:#898781; --grid:#e1e0d9; --axis:#c3c2b7; --ring:rgba(11,11,11,.10);
  --home:#2a78d6; --refuge:#eb6834; --remote:#1baf7a; --down:#d03b3b; --good:#006300; --bad:#b62f2f; --draining:rgba(27,175,122,.13); --at-refuge:rgba(235,104,52,.10); --returning:rgba(74,58,167,.12); }
@media (prefers-color-scheme: dark) { :root { --page:#0d0d0d; --card:#1a1a19; --ink:#fff; --soft:#c3c2b7; --faint:#898781; --grid:#2c2c2a; --axis:#383835; --ring:rgba(255,255,255,.10);
  --home:#3987e5; --refuge:#d95926; --remote:#199e70; --down:#d03b3b; --good:#0ca30c; --bad:#e66767; --draining:rgba(25,158,112,.20); --at-refuge:rgba(217,89,38,.17); --returning:rgba(144,133,233,.20); } }
* { box-sizing: border-box; }
body { margin:0; background:var(--page); color:var(--ink); font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif; }
main { max-width:1120px; margin:0 auto; padding:24px 16px 64px; }
h1 { font-size:26px; line-height:1.25; margin:0 0 4px; } h2 { font-size:19px; margin:40px 0 6px; } h3 { font-size:15px; margin:20px 0 4px; }
p { margin:6px 0; max-width:820px; } .note,.lead,figcaption,small { color:var(--soft); } .note,small { font-size:13px; }
a { color:var(--home); } code { font:12.5px ui-monospace,Menlo,Consolas,monospace; overflow-wrap:anywhere; }
pre { background:var(--card); border:1px solid var(--ring); border-radius:8px; padding:10px 12px; overflow-x:auto; } pre code { overflow-wrap:normal; }
.badge { display:inline-block; padding:2px 12px; border-radius:99px; font-weight:650; font-size:15px; color:#fff; margin-bottom:10px; } .badge.passed { background:#0a7d0a; } .badge.failed { background:#c23434; }
.tiles { display:grid; grid-template-columns:repeat(auto-fit,minmax(165px,1fr)); gap:10px; margin:18px 0; padding:0; }
.tile { background:var(--card); border:1px solid var(--ring); border-radius:8px; padding:10px 14px; } .tile b { display:block; font-size:24px; line-height:1.3; } .tile span { color:var(--soft); font-size:13px; display:block; }
.bad { color:var(--bad); } .holds { color:var(--good); white-space:nowrap; } .broken { color:var(--bad); font-weight:650; white-space:nowrap; }
.scroll { overflow-x:auto; } figure { margin:14px 0 0; } figcaption { font-size:13.5px; }
.legend { display:inline-flex; flex-wrap:wrap; gap:2px 14px; margin-left:14px; font-size:12.5px; } .legend i { display:inline-block; width:16px; height:0; border-width:3px 0 0; border-style:solid; margin-right:5px; vertical-align:middle; } .legend i.second { border-top-style:dotted; }
.legend i.box { height:11px; border:0; border-radius:2px; }
ol.story { padding-left:0; list-style:none; margin:8px 0; } ol.story li { display:grid; grid-template-columns:76px 1fr; gap:10px; padding:2px 0; } ol.story time { color:var(--soft); text-align:right; font-variant-numeric:tabular-nums; }
table { border-collapse:collapse; font-size:13.5px; width:100%; } th { text-align:left; color:var(--soft); font-weight:500; } th,td { padding:5px 10px 5px 0; border-bottom:1px solid var(--grid); vertical-align:top; }
table.figures { white-space:nowrap; font-variant-numeric:tabular-nums; } table.times td:first-child,table.times td:nth-child(2),table.times td:nth-child(3):not(:last-child) { white-space:nowrap; font-variant-numeric:tabular-nums; } .window { display:inline-block; margin-right:12px; white-space:nowrap; }
ul { margin:4px 0; padding-left:20px; } details { margin:10px 0; } summary { cursor:pointer; color:var(--soft); } dl { display:grid; grid-template-columns:max-content 1fr; gap:4px 16px; font-size:13.5px; } dt { font-weight:600; } dd { margin:0; color:var(--soft); }
svg { display:block; width:100%; min-width:760px; height:auto; font:11px system-ui,-apple-system,"Segoe UI",sans-serif; } svg text { fill:var(--ink); } svg .tick { fill:var(--faint); font-variant-numeric:tabular-nums; } svg .lane { fill:var(--soft); } svg .set { fill:var(--soft); font-weight:600; }
svg .grid { stroke:var(--grid); } svg .axis { stroke:var(--axis); } svg .mark { font-weight:600; } svg .mark.bad,svg .bad { fill:var(--bad); } svg .mark.good { fill:var(--good); } svg .kill { stroke:var(--down); stroke-width:1.5; stroke-dasharray:4 3; } svg .back { stroke:var(--good); stroke-width:1.5; stroke-dasharray:4 3; }
svg .phase-home { fill:transparent; } svg .phase-draining { fill:var(--draining); } svg .phase-refuge { fill:var(--at-refuge); } svg .phase-returning,svg .phase-leaving { fill:var(--returning); } svg .band { stroke:var(--axis); } svg .revision { stroke:var(--soft); stroke-width:1; }
svg .home { fill:var(--home); } svg .refuge { fill:var(--refuge); } svg .nowhere { fill:var(--faint); } svg .place { opacity:.26; } svg .place.hold { opacity:.10; } svg .quiet { pointer-events:none; }
svg .down { fill:transparent; stroke:var(--down); stroke-dasharray:3 3; } svg .down-word { fill:var(--bad); } svg .decision circle { fill:var(--card); stroke:var(--soft); } svg .decision text { font-size:10px; }
svg .curve { fill:none; stroke-width:2; stroke-linejoin:round; } .home-line { stroke:var(--home); border-color:var(--home); } .refuge-line { stroke:var(--refuge); border-color:var(--refuge); } .remote-line { stroke:var(--remote); border-color:var(--remote); } svg .second { stroke-dasharray:2 3; }
@media (max-width:600px) { h1 { font-size:21px; } .tile b { font-size:20px; } .legend { margin-left:0; display:flex; } table { min-width:640px; } dl { grid-template-columns:1fr; gap:0; } dd { margin-bottom:8px; } }
@media print { .scroll { overflow:visible; } svg { min-width:0; } }
`;
